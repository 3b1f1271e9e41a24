import { sampleOf } from './table.ts';
import { testFaults } from './test-faults.ts';

/** All ways of all faults in all formats: `npm run test:faults`. */
testFaults('each fault of a provider once', sampleOf('openai'));
