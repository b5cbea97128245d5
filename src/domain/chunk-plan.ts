/** Requests in a full chunk, and in a staged file: 25,000 identifiers, some 600 kB. */
export const REQUESTS_PER_CHUNK = 25;

/**
 * Of what remains, a chunk takes this part of a lane's share: near 1 the lanes end apart, far above
 * it there are many small chunks, with some 20 ms between two of a lane.
 */
const SHARES_PER_LANE = 1.5;

/** `chunks` chunks in a row of `requests` requests each: a plan's run-length encoding. */
export interface ChunkRun {
  readonly chunks: number;
  readonly requests: number;
}

/** A stretch of the staged requests that one activity sends. */
export interface Chunk {
  readonly firstRequest: number;
  readonly requests: number;
}

/**
 * Cuts the staged requests into chunks: full ones while there is plenty, smaller ones towards the
 * end, so that all lanes have work in a small export and come to an end together in a large one.
 */
export function planChunks(requests: number, lanes: number): ChunkRun[] {
  const runs: { chunks: number; requests: number }[] = [];
  const shares = lanes === 1 ? 1 : SHARES_PER_LANE * lanes;
  let remaining = requests;
  while (remaining > 0) {
    const size = Math.min(REQUESTS_PER_CHUNK, Math.ceil(remaining / shares));
    const last = runs.at(-1);
    if (last?.requests === size) last.chunks += 1;
    else runs.push({ chunks: 1, requests: size });
    remaining -= size;
  }
  return runs;
}

export function countChunks(plan: readonly ChunkRun[]): number {
  return plan.reduce((chunks, run) => chunks + run.chunks, 0);
}

/** The chunk at an index of the plan, from 0. */
export function chunkAt(plan: readonly ChunkRun[], index: number): Chunk {
  let firstRequest = 0;
  let chunksBefore = 0;
  for (const run of plan) {
    if (index < chunksBefore + run.chunks) {
      return {
        firstRequest: firstRequest + (index - chunksBefore) * run.requests,
        requests: run.requests,
      };
    }
    chunksBefore += run.chunks;
    firstRequest += run.chunks * run.requests;
  }
  throw new RangeError(`the plan has ${chunksBefore} chunks, so none with the index ${index}`);
}
