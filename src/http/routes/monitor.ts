import { RouterError } from '../../errors/router-error.ts';
import type { InvocationReader } from '../../monitor/invocation-reader.ts';
import { readInvocationQuery, readRecordKey } from '../../monitor/read-query.ts';
import { routerNativeDialect } from '../../protocols/router-native/router-native.ts';
import type { Exchange } from '../exchange.ts';
import type { Route } from '../route.ts';

const LIST_PATH = '/monitor/invocations';

/** Records; a key that may only call sees its own, and other people's do not exist for it. */
export function monitorRoutes(reader: InvocationReader): readonly Route[] {
  const base = { method: 'GET', dialect: routerNativeDialect } as const;
  return [
    {
      ...base,
      path: LIST_PATH,
      scope: 'records',
      handle: async (exchange) => {
        const query = readInvocationQuery(exchange.search, ownerOf(exchange));
        exchange.json(200, await reader.list(query));
      },
    },
    {
      ...base,
      path: `${LIST_PATH}/:id`,
      scope: 'records',
      handle: async (exchange) => {
        const key = readRecordKey(exchange.target.path.slice(LIST_PATH.length + 1));
        const record = key && (await reader.get({ key, ownerKeyId: ownerOf(exchange) }));
        if (record === undefined) throw new RouterError('record.unknown');
        exchange.json(200, record);
      },
    },
  ];
}

function ownerOf(exchange: Exchange): string | undefined {
  return exchange.caller.role === 'call' ? exchange.caller.keyId : undefined;
}
