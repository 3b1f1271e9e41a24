import { boolean, inactive, integer, number, optional, table, word } from '../shape.ts';

/** `[monitoring]` */
export const MONITORING = table({
  retention_days: optional(number({ above: 0 }), 'How long records are kept'),
  max_bytes: optional(integer({ min: 0 }), 'How much room records may take'),
  record_bodies: inactive(word(['none', 'redacted', 'full']), 'Whether prompts and answers are kept'),
  prometheus: inactive(boolean, 'Whether metrics are offered'),
});
