import { aiSdkClients } from './clients/ai-sdk.ts';
import { testPairs } from './run-pairs.ts';

testPairs(aiSdkClients.filter(({ name }) => !name.startsWith('@ai-sdk/openai')));
