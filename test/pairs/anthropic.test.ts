import { anthropicClient, olderAnthropicClient } from './clients/anthropic.ts';
import { testPairs } from './run-pairs.ts';

testPairs([anthropicClient, olderAnthropicClient]);
