import { langchainClient } from './clients/langchain.ts';
import { testPairs } from './run-pairs.ts';

testPairs([langchainClient]);
