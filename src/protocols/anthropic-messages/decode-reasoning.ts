import type { ChatRequest, ReasoningRequest } from '../../canonical/chat.ts';
import { asObject, isJsonObject, type JsonObject, type JsonValue } from '../../lib/json.ts';
import type { Leftovers } from './leftovers.ts';

const MODES: ReadonlyMap<unknown, NonNullable<ReasoningRequest['mode']>> = new Map([
  ['enabled', 'on'],
  ['adaptive', 'adaptive'],
  ['disabled', 'off'],
]);

const VISIBLE: ReadonlyMap<unknown, boolean> = new Map([
  ['summarized', true],
  ['omitted', false],
]);

/** `thinking` and `output_config.effort`: https://platform.claude.com/docs/en/build-with-claude/thinking */
export function decodeReasoning(
  thinking: JsonValue | undefined,
  outputConfig: JsonValue | undefined,
  leftovers: Leftovers,
): Pick<ChatRequest, 'reasoning'> {
  const { effort } = asObject(outputConfig);
  const reasoning: ReasoningRequest = {
    ...decodeThinking(thinking, leftovers),
    ...(typeof effort === 'string' ? { effort } : {}),
  };
  return Object.keys(reasoning).length === 0 ? {} : { reasoning };
}

function decodeThinking(thinking: JsonValue | undefined, leftovers: Leftovers): ReasoningRequest {
  if (!isJsonObject(thinking)) return {};
  const { type, budget_tokens: budget, display, ...rest } = thinking;
  const mode = MODES.get(type);
  if (mode === undefined) {
    leftovers.keep('', { thinking });
    return {};
  }
  const known = VISIBLE.get(display);
  leftovers.keep('thinking', withUnknownDisplay(rest, known === undefined ? display : undefined));
  // The vendor shows thoughts unless it is told not to.
  const isVisible = known ?? (mode === 'off' ? undefined : true);
  return {
    mode,
    ...(typeof budget === 'number' ? { budgetTokens: budget } : {}),
    ...(isVisible === undefined ? {} : { isVisible }),
  };
}

function withUnknownDisplay(rest: JsonObject, display: JsonValue | undefined): JsonObject {
  return display === undefined ? rest : { ...rest, display };
}
