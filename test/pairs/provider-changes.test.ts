import { ALL_CLIENTS } from './clients/all.ts';
import { testProviderChanges } from './test-provider-changes.ts';

testProviderChanges(ALL_CLIENTS);
