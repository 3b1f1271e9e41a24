import { openAiChatClient } from './clients/openai-chat.ts';
import { testPairs } from './run-pairs.ts';

testPairs([openAiChatClient]);
