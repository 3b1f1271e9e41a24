import { openAiResponsesClient } from './clients/openai-responses.ts';
import { testPairs } from './run-pairs.ts';

testPairs([openAiResponsesClient]);
