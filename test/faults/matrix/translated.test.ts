import { casesOf } from '../providers/table.ts';
import { testFaults } from '../providers/test-faults.ts';

/** Each format once as the client's and once as the provider's, with a translation between them. */
testFaults('an OpenAI client at a provider of the Anthropic format', casesOf('openai', 'anthropic'));
testFaults('an Anthropic client at a provider of the Gemini format', casesOf('anthropic', 'gemini'));
testFaults('a Gemini client at a provider of the OpenAI format', casesOf('gemini', 'openai'));
