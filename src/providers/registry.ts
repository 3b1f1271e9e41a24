import { aihubmix } from './aihubmix.ts';
import { azureOpenai } from './azure-openai.ts';
import { baseten } from './baseten.ts';
import { cerebras } from './cerebras.ts';
import { claude } from './claude.ts';
import { cloudflare } from './cloudflare.ts';
import { cohere } from './cohere.ts';
import { claudeCodeCli, codexCli, kimiCodeCli, opencodeCli, qwenCodeCli } from './command-line-tools.ts';
import { deepseek } from './deepseek.ts';
import { fireworks } from './fireworks.ts';
import { gemini } from './gemini.ts';
import { glm } from './glm.ts';
import { grok } from './grok.ts';
import { groq } from './groq.ts';
import { huggingface } from './huggingface.ts';
import { hyperbolic } from './hyperbolic.ts';
import { kimi } from './kimi.ts';
import { llamacpp } from './llamacpp.ts';
import { lmstudio } from './lmstudio.ts';
import { minimax } from './minimax.ts';
import { mistral } from './mistral.ts';
import { mock } from './mock.ts';
import { nebius } from './nebius.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openaiCompatible } from './openai-compatible.ts';
import { openrouter } from './openrouter.ts';
import { qwen } from './qwen.ts';
import { customHttp, remoteHttp } from './remote-http.ts';
import { siliconflow } from './siliconflow.ts';
import type { ProviderSpec } from './spec.ts';
import { together } from './together.ts';
import { transformers } from './transformers.ts';
import { vllm } from './vllm.ts';
import { doubao, volcengine } from './volcengine.ts';

/** Every type that router.toml may name. */
export const PROVIDER_SPECS: readonly ProviderSpec[] = [
  openai,
  claude,
  gemini,
  grok,
  deepseek,
  kimi,
  qwen,
  glm,
  mistral,
  minimax,
  doubao,
  volcengine,
  cohere,
  openrouter,
  groq,
  cerebras,
  together,
  fireworks,
  siliconflow,
  aihubmix,
  huggingface,
  cloudflare,
  nebius,
  hyperbolic,
  baseten,
  azureOpenai,
  ollama,
  vllm,
  lmstudio,
  llamacpp,
  openaiCompatible,
  mock,
  remoteHttp,
  customHttp,
  transformers,
  codexCli,
  claudeCodeCli,
  opencodeCli,
  kimiCodeCli,
  qwenCodeCli,
];

const SPEC_BY_SPELLING: ReadonlyMap<string, ProviderSpec> = new Map(
  PROVIDER_SPECS.flatMap((spec) => [spec.type, ...(spec.aliases ?? [])].map((spelling) => [spelling, spec] as const)),
);

/** Finds a spec by its type or one of its aliases, exactly as written. */
export function findProviderSpec(type: string): ProviderSpec | undefined {
  return SPEC_BY_SPELLING.get(type);
}

/** Every spelling that `findProviderSpec` knows, aliases included. */
export function providerTypes(): readonly string[] {
  return [...SPEC_BY_SPELLING.keys()];
}
