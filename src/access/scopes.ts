import type { Role } from './caller.ts';

/**
 * What an endpoint asks for: nothing, the right to call models, to see what the configuration offers, to see records
 * (a caller's own, unless the role may see all), or to see the state of everything.
 */
export type Scope = 'public' | 'call' | 'list' | 'records' | 'state';

const SCOPES: Readonly<Record<Role, readonly Scope[]>> = {
  call: ['public', 'call', 'list', 'records'],
  monitor: ['public', 'list', 'records', 'state'],
  admin: ['public', 'call', 'list', 'records', 'state'],
};

export function mayUse(role: Role, scope: Scope): boolean {
  return SCOPES[role].includes(scope);
}
