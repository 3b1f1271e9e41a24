import { ERROR_CODES } from '../../src/errors/codes.ts';

/** docs/errors.md as the catalogue says it. */
export function errorsDoc(): string {
  const rows = Object.entries(ERROR_CODES).map(
    ([code, spec]) => `| \`${code}\` | ${spec.status} | ${spec.failover ? 'yes' : 'no'} | ${spec.publicMessage} |`,
  );
  return [
    '# Errors',
    '',
    'Generated from the catalogue in `src/errors/codes.ts` by `npm run docs:errors`; do not edit by hand.',
    '',
    "Every error carries its code: in `error.code` for OpenAI clients, in `code` on the router's own endpoints. The",
    "status is the one that OpenAI clients see. The router's own endpoints answer 400 where a model or tag in the request",
    'matches nothing, and 403 for an unknown key, as they always did. Answers with status 429 and 503 carry',
    '`retry-after` wherever it is known when it is worth asking again.',
    '',
    '| code | status | may another model take over | message |',
    '|---|--:|---|---|',
    ...rows,
    '',
  ].join('\n');
}
