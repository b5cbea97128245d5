const SHARE = 6;

/**
 * How often to try a property whose comparison is slow by nature: a sixth of the full number, and all of
 * it where FULL_PROPERTIES is set; test/README.md says when.
 */
export function runs(full: number): { numRuns: number } {
  return { numRuns: process.env.FULL_PROPERTIES ? full : Math.ceil(full / SHARE) };
}
