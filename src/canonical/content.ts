import type { JsonObject, JsonValue } from '../lib/json.ts';
import type { DialectId } from './protocol-id.ts';

/** Where binary content lives. `url` is never fetched by the router itself. */
export type MediaSource =
  | { readonly kind: 'inline'; readonly mediaType: string; readonly base64: string }
  | { readonly kind: 'url'; readonly url: string; readonly mediaType?: string };

export type Modality = 'image' | 'audio' | 'video' | 'document';

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | {
      readonly type: 'media';
      readonly modality: Modality;
      readonly source: MediaSource;
      /** OpenAI's `low`, `high` or `auto` for images. */
      readonly detail?: string;
      readonly filename?: string;
    }
  | { readonly type: 'reasoning'; readonly text: string; readonly signature?: string }
  | { readonly type: 'refusal'; readonly text: string }
  /** `arguments` is the exact JSON text of the model, never reparsed on the way. */
  | { readonly type: 'tool-call'; readonly id: string; readonly name: string; readonly arguments: string }
  | {
      readonly type: 'tool-result';
      readonly callId: string;
      readonly content: readonly ContentPart[];
      readonly isError?: boolean;
    }
  /** A part the canonical form has no word for, kept verbatim under the format that sent it. */
  | { readonly type: 'foreign'; readonly protocol: DialectId; readonly value: JsonValue };

export interface Message {
  readonly role: 'system' | 'user' | 'assistant' | 'tool';
  readonly content: readonly ContentPart[];
  readonly name?: string;
  /** Members of the wire message that have no word here, by the protocol that sent them. */
  readonly extras?: Readonly<Partial<Record<DialectId, JsonObject>>>;
}

export type ToolSpec =
  | {
      readonly kind: 'function';
      readonly name: string;
      readonly description?: string;
      /** JSON schema of the arguments. */
      readonly parameters?: JsonObject;
      readonly strict?: boolean;
    }
  | { readonly kind: 'foreign'; readonly protocol: DialectId; readonly value: JsonObject };
