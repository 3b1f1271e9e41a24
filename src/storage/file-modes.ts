/** What the router creates is for its owner only. */
export const FILE_MODE = 0o600;
export const DIRECTORY_MODE = 0o700;
