import { googleGenAiClient } from './clients/google-genai.ts';
import { testPairs } from './run-pairs.ts';

testPairs([googleGenAiClient]);
