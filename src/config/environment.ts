import { PLACEHOLDER } from './formats.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a variable without the blanks around it; a blank one counts as unset. */
export function readVariable(env: Environment, name: string): string | undefined {
  const value = Object.hasOwn(env, name) ? env[name]?.trim() : undefined;
  return value === '' ? undefined : value;
}

/** The values of a variable, or of a key of the file, with commas between them. */
export function splitKeys(value: string): string[] {
  return value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

/** A variable's name for a message. What does not look like one may be a key in the wrong place, so it is not shown. */
export function nameVariable(name: string): string {
  return /^[A-Z][A-Z0-9_]{0,99}$/.test(name) ? name : 'the variable named there';
}

export interface Filled {
  readonly text: string;
  /** Names of variables that have no value, ready for a message. */
  readonly unset: readonly string[];
}

/** Replaces `${NAME}` from the environment. */
export function fillVariables(template: string, env: Environment): Filled {
  const unset: string[] = [];
  const text = template.replace(PLACEHOLDER, (_whole, name: string) => {
    const value = readVariable(env, name);
    if (value === undefined) unset.push(nameVariable(name));
    return value ?? '';
  });
  return { text, unset };
}
