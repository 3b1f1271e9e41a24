import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { FormatId } from './protocol-id.ts';

/** Where binary content lives. A `url` is fetched by nobody but the provider. */
export type MediaSource =
  | { readonly kind: 'inline'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string };

export type Modality = 'image' | 'audio' | 'video' | 'document';

/** Asks the provider to keep the prompt up to here in its cache. */
export interface CacheMark {
  /** As the client wrote it: `5m`, `1h`. */
  readonly ttl?: string;
}

/** Where words of an answer come from. Ranges are UTF-16 code units of the text part they belong to. */
export interface Citation {
  readonly url?: string;
  readonly title?: string;
  /** The words of the source. */
  readonly citedText?: string;
  readonly start?: number;
  readonly end?: number;
}

/**
 * A thought of the model. `signature` and `redacted` are sealed by the provider that made them and mean nothing to any
 * other: `origin` names it (see `originOf`). Without an origin the seal comes from a client that got it unchanged, so
 * it belongs to the format that the client speaks.
 */
export interface ReasoningPart {
  readonly type: 'reasoning';
  readonly text: string;
  readonly signature?: string;
  /** A thought that the provider does not show: its sealed form. `text` is empty then. */
  readonly redacted?: string;
  readonly origin?: string;
}

/** `arguments` is the exact text of the model (JSON, or free text for a custom tool), never reparsed on the way. */
export interface ToolCallPart {
  readonly type: 'tool-call';
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** A tool that takes free text instead of JSON. */
  readonly isCustom?: boolean;
  /** Group of tools that the called one belongs to, where the client's format has such groups. */
  readonly namespace?: string;
  /** Seal of the thought behind this call (Gemini), with the origin that made it. */
  readonly signature?: string;
  readonly origin?: string;
  readonly cache?: CacheMark;
}

export interface ToolResultPart {
  readonly type: 'tool-result';
  readonly callId: string;
  /** Name of the called tool, where the client's format says it. */
  readonly name?: string;
  readonly content: readonly ContentPart[];
  readonly isError?: boolean;
  readonly isCustom?: boolean;
  readonly cache?: CacheMark;
}

export interface MediaPart {
  readonly type: 'media';
  readonly modality: Modality;
  readonly source: MediaSource;
  /** OpenAI's `low`, `high` or `auto` for images. */
  readonly detail?: string;
  readonly filename?: string;
  readonly cache?: CacheMark;
}

export interface TextPart {
  readonly type: 'text';
  readonly text: string;
  readonly citations?: readonly Citation[];
  readonly cache?: CacheMark;
}

export type ContentPart =
  | TextPart
  | MediaPart
  | ReasoningPart
  | ToolCallPart
  | ToolResultPart
  | { readonly type: 'refusal'; readonly text: string }
  /** A part the canonical form has no word for, kept verbatim under the format that sent it. */
  | { readonly type: 'foreign'; readonly protocol: FormatId; readonly value: JsonValue };

export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: readonly ContentPart[];
  readonly name?: string;
  /** Members of the wire message that have no word here, by the protocol that sent them. */
  readonly extras?: Readonly<Partial<Record<FormatId, JsonObject>>>;
}

export interface FunctionTool {
  readonly kind: 'function';
  readonly name: string;
  readonly description?: string;
  /** JSON schema of the arguments. */
  readonly parameters?: JsonObject;
  readonly strict?: boolean;
  /** Group of tools this one belongs to; tools of two groups may have the same name. */
  readonly namespace?: string;
  readonly cache?: CacheMark;
}

/** A tool that takes free text instead of JSON. */
export interface CustomTool {
  readonly kind: 'custom';
  readonly name: string;
  readonly description?: string;
  /** Grammar of the text, as OpenAI writes it. */
  readonly format?: JsonObject;
  readonly namespace?: string;
}

/** `foreign`: a tool that the provider itself runs, or one that the canonical form has no word for. */
export type ToolSpec =
  | FunctionTool
  | CustomTool
  | { readonly kind: 'foreign'; readonly protocol: FormatId; readonly value: JsonObject };
