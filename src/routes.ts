import type { Route } from './http/route.ts';
import { countTokensRoutes } from './http/routes/count-tokens.ts';
import { dialectRoutes } from './http/routes/dialect-routes.ts';
import { geminiRoutes } from './http/routes/gemini.ts';
import { type HealthDependencies, healthRoutes } from './http/routes/health.ts';
import { invokeRoutes } from './http/routes/invoke.ts';
import { listRoutes } from './http/routes/lists.ts';
import { modelListRoutes } from './http/routes/model-lists.ts';
import { monitorRoutes } from './http/routes/monitor.ts';
import { ollamaRoutes } from './http/routes/ollama.ts';
import { routeRoutes } from './http/routes/route.ts';
import { serviceRoutes } from './http/routes/services.ts';
import { providerTypes } from './providers/registry.ts';
import type { Services } from './services.ts';

/** Every endpoint there is. The first that matches a path answers it. */
export function allRoutes({ catalog, gateway, monitor }: Services, health: HealthDependencies): readonly Route[] {
  return [
    ...healthRoutes(health),
    ...listRoutes({ catalog, providerTypes: providerTypes() }),
    ...monitorRoutes(monitor.reader),
    ...routeRoutes(gateway),
    ...invokeRoutes(gateway),
    ...dialectRoutes(gateway),
    ...countTokensRoutes(gateway),
    ...geminiRoutes(gateway),
    ...ollamaRoutes(gateway),
    ...serviceRoutes(gateway),
    ...modelListRoutes(),
  ];
}
