/** What `data_dir` holds: the ids of providers and models with what was learned about them, and the records of calls. */
export const MAIN_DATABASE = 'router.db';
export const MONITOR_DATABASE = 'monitor.db';
