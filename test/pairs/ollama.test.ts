import { ollamaClient } from './clients/ollama.ts';
import { testPairs } from './run-pairs.ts';

testPairs([ollamaClient]);
