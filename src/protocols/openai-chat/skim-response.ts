import { isJsonObject, parseJson } from '../../lib/json.ts';
import { decodeFinishReason } from '../openai-finish.ts';
import { decodeUsage } from '../openai-usage.ts';
import type { ResponseSummary } from '../protocol.ts';

const CHOICES = '"choices":';
const INDEX = '"index":';
const MESSAGE = '"message":';
const REASON = '"finish_reason":';
const USAGE = '"usage":';

/**
 * The summary of an answer of the common form (one choice that has ended, its usage, no error and no refusal), found in
 * the text without parsing all of it: the answer goes through as it is, and parsing costs as much as routing. The names
 * that are looked for cannot stand within a JSON string, where their quotes are escaped. Undefined for any other form.
 */
export function skimResponse(text: string): ResponseSummary | undefined {
  if (!text.startsWith('{') || !text.trimEnd().endsWith('}') || text.includes('"error"')) return undefined;
  const choices = text.indexOf(CHOICES);
  const message = onlyPlace(text, MESSAGE);
  const isCommon =
    opensWith(text, choices + CHOICES.length, '[', '{') && opensWith(text, message, '{') && isFirst(text);
  if (choices === -1 || !isCommon || text.includes('"refusal":"')) return undefined;
  const reason = wordAt(text, onlyPlace(text, REASON));
  const usage = usageAt(text, onlyPlace(text, USAGE));
  if (reason === undefined || reason === 'error' || usage === undefined) return undefined;
  return { usage, finishReason: decodeFinishReason(reason) };
}

/** Index after `name` where it stands exactly once, else -1. */
function onlyPlace(text: string, name: string): number {
  const at = text.indexOf(name);
  return at === -1 || text.indexOf(name, at + name.length) !== -1 ? -1 : at + name.length;
}

const isBlank = (character: string | undefined): boolean => character === ' ' || character === '\n';

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (isBlank(text[at])) at += 1;
  return at;
}

function opensWith(text: string, from: number, ...brackets: readonly string[]): boolean {
  let at = from;
  for (const bracket of brackets) {
    at = skipBlanks(text, at);
    if (from < 0 || text[at] !== bracket) return false;
    at += 1;
  }
  return true;
}

/** True where the choice has the number 0, or none. */
function isFirst(text: string): boolean {
  const at = text.indexOf(INDEX);
  return at === -1 || /^\s*0\s*[,}]/.test(text.slice(at + INDEX.length, at + INDEX.length + 8));
}

function wordAt(text: string, from: number): string | undefined {
  const start = from === -1 ? -1 : skipBlanks(text, from);
  const end = start === -1 || text[start] !== '"' ? -1 : text.indexOf('"', start + 1);
  return end === -1 ? undefined : text.slice(start + 1, end);
}

function usageAt(text: string, from: number): ResponseSummary['usage'] {
  if (!opensWith(text, from, '{')) return undefined;
  const start = skipBlanks(text, from);
  const end = endOfObject(text, start);
  // An answer that was cut off here ends with a bracket too.
  const after = text[skipBlanks(text, end)];
  if (after !== ',' && after !== '}') return undefined;
  const parsed = parseJson(text.slice(start, end));
  return parsed.ok && isJsonObject(parsed.value) ? decodeUsage(parsed.value) : undefined;
}

const OPEN = 0x7b;
const CLOSE = 0x7d;

/** Index after an object of numbers and such objects: where its brackets are even. The end of `text` without one. */
function endOfObject(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === OPEN) depth += 1;
    else if (character === CLOSE) depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}
