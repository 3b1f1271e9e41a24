import { word } from '../shape.ts';

/** What happens to whatever of a request a provider cannot carry. */
export const UNSUPPORTED = word(['warn', 'drop', 'reject']);
