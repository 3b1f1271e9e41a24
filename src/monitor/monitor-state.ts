/** How the store of records is, as the thread that owns it says. */
export interface StoreState {
  /** The database does not take records now. */
  readonly isFailing: boolean;
  /** Why it took none when it was tried last; undefined while it takes them. */
  readonly lastError: string | undefined;
  /** Records that wait in journal files for the database to come back. */
  readonly journalRows: number;
  readonly journalBytes: number;
}

export const SOUND_STORE: StoreState = { isFailing: false, lastError: undefined, journalRows: 0, journalBytes: 0 };

/** How recording is, from the queue in memory to the database. */
export interface MonitorState extends StoreState {
  /** Records in memory: accepted, and neither in the database nor in the journal yet. */
  readonly backlog: number;
  /** What they take up, estimated. */
  readonly backlogBytes: number;
  /** Records that were lost for good since the process began. */
  readonly dropped: number;
}
