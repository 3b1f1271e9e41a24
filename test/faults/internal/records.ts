import Sqlite from 'better-sqlite3';

export const ECHO_TOML = `
[[providers]]
name = "mock"
type = "mock"

[[models]]
name = "echo"
provider = "mock"
tags = ["chat"]
`;

export interface StoredRecords {
  /** Result of SQLite's own check of the whole file. */
  readonly integrity: string;
  readonly requestIds: readonly string[];
  /** Records that lack something that every record has. */
  readonly half: number;
}

/** Everything in a monitor database, which this also recovers where its process was killed. */
export function readRecords(file: string): StoredRecords {
  const database = new Sqlite(file);
  try {
    const all = 'SELECT request_id FROM monitor_invocations';
    const half = `SELECT count(*) FROM monitor_invocations
      WHERE uid IS NULL OR length(uid) <> 26 OR status IS NULL OR duration_ms IS NULL OR NOT json_valid(attempts)`;
    return {
      integrity: String(database.pragma('integrity_check', { simple: true })),
      requestIds: database.prepare<[], string>(all).pluck().all(),
      half: database.prepare<[], number>(half).pluck().get() ?? -1,
    };
  } finally {
    database.close();
  }
}
