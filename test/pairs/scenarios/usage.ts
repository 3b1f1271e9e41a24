import type { VendorUsage } from '../../support/vendors/script.ts';

/** What most answers cost; each bucket has a number of its own wherever every vendor counts it. */
export const USAGE: VendorUsage = { freshInput: 20, cacheRead: 0, cacheWrite: 0, output: 50, reasoning: 0 };
