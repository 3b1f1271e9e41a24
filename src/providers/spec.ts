import type { ChatProtocolId } from '../canonical/protocol-id.ts';
import type { ServiceId } from '../canonical/service-id.ts';
import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { Secret } from '../lib/secret.ts';
import type { RateLimits } from './rate-limits.ts';
import type { Transport, TransportSurroundings } from './transport.ts';

/** How the key travels. `prefix` stands before it, with its blank: `Bearer `. */
export type AuthScheme =
  | { readonly kind: 'header'; readonly header: string; readonly prefix: string }
  | { readonly kind: 'none' };

export const BEARER: AuthScheme = { kind: 'header', header: 'authorization', prefix: 'Bearer ' };

/** Edits on the top level of the body sent to a provider; they work on both call paths. */
export interface BodyEdits {
  readonly drop?: readonly string[];
  readonly rename?: Readonly<Record<string, string>>;
  /** Set only where the request does not say otherwise. */
  readonly add?: Readonly<Record<string, JsonValue>>;
}

/** Path below `versionPath`; may hold placeholders (see `createEndpointBuilder`). Some services stream at another path. */
export type ProtocolPath = string | { readonly whole: string; readonly stream: string };

export type ProtocolPaths = Readonly<Partial<Record<ChatProtocolId, ProtocolPath>>>;

/** Path below `versionPath` of each service beside chat; may hold placeholders like those of chat. */
export type ServicePaths = Readonly<Partial<Record<ServiceId, string>>>;

/** What a provider *type* is. Pure data: no I/O, no secrets, no code that runs at import. */
export interface ProviderSpec {
  /** As written in router.toml; the original's spelling where the original had one. */
  readonly type: string;
  /** Other spellings of `type` that router.toml may use. */
  readonly aliases?: readonly string[];
  readonly title: string;
  /** Why this version cannot call such a provider; its entries load, but none of its models can be chosen. */
  readonly unsupported?: string;
  /** Undefined: router.toml (or the variable of `hostEnv`) must name it. */
  readonly baseUrl: string | undefined;
  /** Path between the host and the endpoints, with the version: `/v1`. Not repeated when `base_url` already has it. */
  readonly versionPath: string;
  /** End of base URLs of the vendor's endpoint in OpenAI's words, which is left off: the native one is called. */
  readonly twinPath?: string;
  /** Variables that customarily hold the key, the usual one first. */
  readonly apiKeyEnv: readonly string[];
  /** True where the service answers without a key (a local server). */
  readonly isKeyOptional: boolean;
  readonly auth: AuthScheme;
  /** Protocols the service answers. The first one is the target of translation. */
  readonly chat: ProtocolPaths;
  /** Protocols that only the vendor's own host answers, not the servers that imitate it. */
  readonly vendorChat?: ProtocolPaths;
  /** What it answers beside chat. Which of its models can do that, the configuration says. */
  readonly services?: ServicePaths;
  /** The one encoding of vectors that it knows; the client gets the one it asked for all the same. */
  readonly vectorEncoding?: 'float';
  /** Path of the vendor's own token counter, for the first protocol of `chat`. */
  readonly tokenCountPath?: string;
  /** What is different about the vendor's reasoning models, as the configuration names them. */
  readonly reasoningModels?: {
    /** What they call the limit of an answer, where it is not `max_tokens`. */
    readonly limitMember?: 'max_completion_tokens';
    /** Parameters, in OpenAI's words, that they refuse. */
    readonly refuses: readonly string[];
  };
  /** It answers 400 to a conversation in which the assistant's messages hold thoughts. */
  readonly refusesThoughts?: boolean;
  /** Member of a message in which the service wants a model's thoughts back; undefined: it refuses or ignores them. */
  readonly reasoningMember?: 'reasoning_content' | 'reasoning';
  /** How a stream is made to report its usage. */
  readonly streamUsage: 'stream_options' | 'always';
  readonly edits?: BodyEdits;
  /** Edits beside `edits` that only the vendor's own host needs. */
  readonly vendorEdits?: BodyEdits;
  readonly headers?: Readonly<Record<string, string>>;
  /** Placeholders in `baseUrl`, such as `{account_id}`, and the variables that fill them. */
  readonly baseUrlEnv?: Readonly<Record<string, string>>;
  /** Variable that customarily names another server than `baseUrl`, as a URL or as `host[:port]`. */
  readonly hostEnv?: string;
  /** Its answers only stand in for real ones: chosen by tags only where no other model matches. */
  readonly isStandIn?: boolean;
  /** For types that read `script` of `[models.config]`: what is wrong with it; undefined where nothing is. */
  readonly scriptProblem?: (config: JsonObject) => string | undefined;
  /** In-process providers bring their own transport instead of the network. */
  readonly openTransport?: (surroundings: TransportSurroundings) => Transport;
}

/** A provider *named in router.toml*: spec, settings of the file and resolved secrets. */
export interface ProviderInstance {
  readonly name: string;
  readonly spec: ProviderSpec;
  readonly isActive: boolean;
  /** Why no call can be made (a variable is unset); undefined when calls can be made. */
  readonly unavailable: string | undefined;
  /** Without trailing slash, all placeholders filled. */
  readonly baseUrl: string;
  /** Overrides the path of the spec: `settings.endpoint`. */
  readonly endpoint: string | undefined;
  readonly apiKeys: readonly Secret[];
  readonly auth: AuthScheme;
  readonly headers: Readonly<Record<string, string>>;
  readonly proxyUrl: string | undefined;
  /** Protocols that this server answers; the first one is the target of translation. */
  readonly chat: ProtocolPaths;
  readonly edits: BodyEdits;
  readonly streamUsage: ProviderSpec['streamUsage'];
  /** `provider/<anything>` is accepted and sent as is. */
  readonly anyModel: boolean;
  /** Time to establish a connection, in milliseconds. */
  readonly connectMs: number;
  /** Over all its models, beside their own limits. */
  readonly rateLimit: RateLimits | undefined;
  /** The rest of `[providers.settings]`, as written. */
  readonly settings: JsonObject;
  /** Digest of everything a connection depends on; equal digests may share connections across reloads. */
  readonly fingerprint: string;
}

/** Checks the shape at compile time and keeps the literal type. */
export function defineProvider<const Spec extends ProviderSpec>(spec: Spec): Spec {
  return spec;
}
