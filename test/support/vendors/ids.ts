/** Numbered ids with a vendor's prefix, so that tests read alike from run to run. */
export function idSource(): (prefix: string) => string {
  let count = 0;
  return (prefix) => {
    count += 1;
    return `${prefix}${String(count).padStart(20, '0')}`;
  };
}

/** When every fake answer was made, in seconds since 1970. */
export const CREATED_SECONDS = 1_790_000_000;
export const CREATED_ISO = new Date(CREATED_SECONDS * 1000).toISOString();
