import { casesOf } from '../providers/table.ts';
import { testFaults } from '../providers/test-faults.ts';

testFaults('a provider of the Anthropic format', casesOf('anthropic'));
