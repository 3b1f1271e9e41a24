import type { EmbedPurpose } from '../../canonical/embed.ts';
import { asString, type JsonValue } from '../../lib/json.ts';

/** The words of Google, Cohere, Jina, Voyage and NVIDIA for what a vector is for, in lower case. */
const PURPOSES: ReadonlyMap<string, EmbedPurpose> = new Map<string, EmbedPurpose>([
  ['query', 'query'],
  ['search_query', 'query'],
  ['retrieval_query', 'query'],
  ['retrieval.query', 'query'],
  ['document', 'document'],
  ['passage', 'document'],
  ['search_document', 'document'],
  ['retrieval_document', 'document'],
  ['retrieval.passage', 'document'],
  ['classification', 'classification'],
  ['clustering', 'clustering'],
  ['separation', 'clustering'],
  ['semantic_similarity', 'similarity'],
  ['text-matching', 'similarity'],
  ['question_answering', 'question'],
  ['fact_verification', 'fact'],
  ['code_retrieval_query', 'code-query'],
  ['code.query', 'code-query'],
]);

/** Undefined for a word that nobody knows. */
export function readPurpose(value: JsonValue | undefined): EmbedPurpose | undefined {
  return PURPOSES.get(asString(value)?.toLowerCase() ?? '');
}
