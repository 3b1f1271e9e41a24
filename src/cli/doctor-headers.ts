import type { Finding } from './doctor-finding.ts';
import type { SeenHead } from './doctor-watch.ts';

/** A clock that is further off breaks signatures, certificates and dates of `Retry-After`. */
const MAX_SKEW_MS = 60_000;
const LIMIT_HEADER = /^(?:x-|anthropic-)?ratelimit-/;
const MAX_SHOWN = 6;

/** What the headers of the answers tell beside the answers: the provider's time, and how much is left. */
export function headerFindings(heads: readonly SeenHead[]): readonly Finding[] {
  const [first] = heads;
  if (first === undefined) return [];
  return [...clockFindings(first), ...limitFindings(heads)];
}

/** https://www.rfc-editor.org/rfc/rfc9110#name-date */
function clockFindings({ headers, at }: SeenHead): readonly Finding[] {
  const theirs = Date.parse(textOf(headers['date']));
  if (Number.isNaN(theirs)) return [];
  const skewMs = at - theirs;
  const seconds = Math.round(Math.abs(skewMs) / 1000);
  if (Math.abs(skewMs) <= MAX_SKEW_MS) return [{ check: 'clock', verdict: 'ok', detail: `${seconds} s apart` }];
  const side = skewMs > 0 ? 'ahead of' : 'behind';
  return [
    {
      check: 'clock',
      verdict: 'problem',
      detail: `this machine is ${seconds} s ${side} the provider`,
      advice: 'set the clock of this machine, with NTP for instance',
    },
  ];
}

/** Of the last answer that tells any. */
function limitFindings(heads: readonly SeenHead[]): readonly Finding[] {
  const told = heads.map(limitsIn).findLast((limits) => limits.length > 0);
  if (told === undefined) return [];
  const more = told.length > MAX_SHOWN ? ' and others' : '';
  return [{ check: 'limits', verdict: 'ok', detail: `${told.slice(0, MAX_SHOWN).join(', ')}${more}` }];
}

/** What is left first: the headers that are worth the most. */
function limitsIn({ headers }: SeenHead): readonly string[] {
  const told = Object.keys(headers).filter((name) => LIMIT_HEADER.test(name));
  const isAboutRest = (name: string): boolean => name.includes('remaining');
  const sorted = [...told.filter(isAboutRest), ...told.filter((name) => !isAboutRest(name))];
  return sorted.map((name) => `${name.replace(LIMIT_HEADER, '')}: ${textOf(headers[name])}`);
}

function textOf(value: string | readonly string[] | undefined): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}
