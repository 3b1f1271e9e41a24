import type { TestRouter } from '../../support/start-router.ts';

/** The members of a record that the suite looks at. */
export interface CallRecord {
  readonly request_id: string;
  readonly status: string;
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly cancelled: boolean;
  readonly is_stream: boolean;
  readonly usage_source: string | null;
  readonly attempts: readonly {
    readonly model: string;
    readonly outcome: string;
    readonly error_code: string | null;
  }[];
}

const PAGE = 1000;

/** All records, by the id of their request. */
export async function recordsOf(routers: readonly TestRouter[]): Promise<ReadonlyMap<string, readonly CallRecord[]>> {
  const records = new Map<string, CallRecord[]>();
  for (const router of routers) {
    for (const record of await allRecords(router)) {
      records.set(record.request_id, [...(records.get(record.request_id) ?? []), record]);
    }
  }
  return records;
}

async function allRecords(router: TestRouter): Promise<readonly CallRecord[]> {
  const records: CallRecord[] = [];
  for (;;) {
    const { body } = await router.get(`/monitor/invocations?order_by=id&limit=${PAGE}&offset=${records.length}`);
    records.push(...body.items);
    if (body.items.length < PAGE) return records;
  }
}
