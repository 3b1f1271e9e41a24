import type { Scenario } from '../scenario.ts';
import { ENDS } from './ends.ts';
import { FAILING } from './failures.ts';
import { THINKING } from './thinking.ts';
import { TOOL_USE } from './tools.ts';
import { WORDS } from './words.ts';

export const SCENARIOS: readonly Scenario[] = [...WORDS, ...ENDS, ...TOOL_USE, ...THINKING, ...FAILING];
