import { randomBytes } from 'node:crypto';
import { invalidField, RouterError } from '../errors/router-error.ts';
import { formPayload, type ServicePayload } from '../gateway/service-payload.ts';
import { asString, type JsonObject, type JsonValue } from '../lib/json.ts';
import { boundaryOf, createForm, type FormFile, parseForm, readFields } from '../lib/multipart.ts';
import type { Exchange } from './exchange.ts';
import { readBody } from './read-body.ts';

/** A request in whichever of the two forms a client chose. */
export interface ServiceBody {
  /** The members, or the plain fields of a form. */
  readonly value: JsonObject;
  /** Undefined where the body was JSON and may go on as it is. */
  readonly form: ServicePayload | undefined;
  readonly bytes: Buffer;
}

/** Fields that mean true or false; a form has texts only. */
const FLAGS = ['stream', 'include_inactive'] as const;

/** Reads a form. Throws `request.invalid` where it is broken, besides what `readBody` throws. */
export async function readForm(exchange: Exchange, boundary: string): Promise<ServiceBody> {
  const bytes = await readBody(exchange.incoming, exchange.snapshot.server.maxBodyBytes);
  const parsed = parseForm(bytes, boundary);
  if (!parsed.ok) throw brokenForm(parsed.message);
  const contentType = exchange.incoming.headers['content-type'] ?? '';
  return { value: withFlags(readFields(parsed.form)), form: formPayload(parsed.form, contentType), bytes };
}

/** A form, or JSON where the content type names no form. */
export async function readServiceBody(exchange: Exchange, takesForm: boolean): Promise<ServiceBody> {
  const boundary = boundaryOf(exchange.incoming.headers['content-type']);
  if (takesForm && boundary !== undefined) return readForm(exchange, boundary);
  const { value, bytes } = await exchange.readJson();
  const file = asString(value['file']);
  if (!takesForm || file === undefined) return { value, form: undefined, bytes };
  return { value, form: formOf(value, file), bytes };
}

function brokenForm(reason: string): RouterError {
  return new RouterError('request.invalid', { publicMessage: `The form cannot be read: ${reason}.` });
}

function withFlags(fields: JsonObject): JsonObject {
  const flags = FLAGS.flatMap((name): [string, JsonValue][] => {
    const text = asString(fields[name])?.trim().toLowerCase();
    return text === 'true' || text === 'false' ? [[name, text === 'true']] : [];
  });
  return { ...fields, ...Object.fromEntries(flags) };
}

/** Providers take files in forms only. */
function formOf({ file: _, filename, ...fields }: JsonObject, dataUrl: string): ServicePayload {
  const boundary = `router-${randomBytes(16).toString('hex')}`;
  const form = createForm(fields, fileOf(dataUrl, asString(filename)), boundary);
  return formPayload(form, `multipart/form-data; boundary=${boundary}`);
}

/** `data:audio/wav;base64,…` */
const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w-]+=[\w.-]+)*;base64,/;

/** Providers tell a file's format by the end of its name. */
const EXTENSIONS: Readonly<Record<string, string>> = {
  'audio/mpeg': 'mp3',
  'audio/mp4': 'm4a',
  'audio/x-m4a': 'm4a',
  'audio/wave': 'wav',
  'audio/x-wav': 'wav',
  'audio/vnd.wave': 'wav',
};

function fileOf(dataUrl: string, filename: string | undefined): FormFile {
  const head = DATA_URL.exec(dataUrl.slice(0, 200));
  if (head === null) throw invalidField('file', 'expected a file of a form, or a data URL in base64');
  const mediaType = head[1] ?? 'application/octet-stream';
  const extension = EXTENSIONS[mediaType] ?? mediaType.slice(mediaType.indexOf('/') + 1);
  const bytes = Buffer.from(dataUrl.slice(head[0].length), 'base64');
  return { name: 'file', filename: filename ?? `file.${extension}`, mediaType, bytes };
}
