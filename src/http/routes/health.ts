import { ERROR_CODES } from '../../errors/codes.ts';
import { routerNativeDialect } from '../../protocols/router-native/router-native.ts';
import type { Route } from '../route.ts';

export interface HealthDependencies {
  readonly isDraining: () => boolean;
  /** JSON of `GET /health/detail`, with `status`. */
  readonly detail: () => Readonly<Record<string, unknown>>;
}

const DRAINING = {
  status: 'draining',
  error: { code: 'server.draining', message: ERROR_CODES['server.draining'].publicMessage },
} as const;

/** Three questions: is it there (`/health`, `/health/liveliness`), does it take calls, and how is everything inside? */
export function healthRoutes({ isDraining, detail }: HealthDependencies): readonly Route[] {
  const base = { method: 'GET', dialect: routerNativeDialect } as const;
  return [
    // Claude Code asks the base URL itself whether anybody is there.
    { ...base, method: 'HEAD', path: '/', scope: 'public', handle: (exchange) => exchange.json(200, { status: 'ok' }) },
    { ...base, path: '/', scope: 'public', handle: (exchange) => exchange.json(200, { status: 'ok' }) },
    { ...base, path: '/health', scope: 'public', handle: (exchange) => exchange.json(200, { status: 'ok' }) },
    {
      ...base,
      path: '/health/liveliness',
      scope: 'public',
      handle: (exchange) => exchange.json(200, { status: 'ok' }),
    },
    {
      ...base,
      path: '/health/readiness',
      scope: 'public',
      handle: (exchange) => (isDraining() ? exchange.json(503, DRAINING) : exchange.json(200, { status: 'ok' })),
    },
    {
      ...base,
      path: '/health/detail',
      scope: 'state',
      handle: (exchange) => exchange.json(200, isDraining() ? { ...detail(), status: 'draining' } : detail()),
    },
  ];
}
