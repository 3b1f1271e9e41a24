import { editMembers, type MemberEdits } from '../lib/json-members.ts';
import { editForm, type Form } from '../lib/multipart.ts';

/** A request's own bytes, changed only where an edit says so. */
export interface ServicePayload {
  /** Undefined: JSON. */
  readonly contentType: string | undefined;
  write(edits: Omit<MemberEdits, 'rename'>): Buffer;
}

export function jsonPayload(bytes: Buffer): ServicePayload {
  return { contentType: undefined, write: (edits) => editMembers(bytes, edits) };
}

/** `contentType` names the boundary. */
export function formPayload(form: Form, contentType: string): ServicePayload {
  return { contentType, write: (edits) => editForm(form, edits) };
}
