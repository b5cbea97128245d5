/** 250,000 identifiers: each chunk costs an activity, and its lane some 70 ms. */
export const MAX_REQUESTS_PER_CHUNK = 250;

/**
 * A round of chunks, one for each lane, takes a part of what remains: first nearly all, as each
 * hand-over costs, and then less, as small chunks keep the lanes that finish first busy until the last
 * one finishes. Found by simulating lanes whose responses take 50 to 500 ms.
 */
const FIRST_PART = 0.92;
const LATER_PART = 0.75;
/** So little for each lane is not worth another round. */
const LAST_ROUND_REQUESTS = 2;

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
 * Cuts the staged requests into chunks, in rounds: every lane has work in a small export, and all
 * lanes finish together in a large one. A single lane does not wait for others.
 */
export function planChunks(requests: number, lanes: number): ChunkRun[] {
  const runs: { chunks: number; requests: number }[] = [];
  let part = lanes === 1 ? 1 : FIRST_PART;
  let remaining = requests;
  while (remaining > 0) {
    const share = remaining / lanes;
    const wanted = Math.floor(share <= LAST_ROUND_REQUESTS ? share : part * share);
    const size = Math.max(1, Math.min(MAX_REQUESTS_PER_CHUNK, wanted));
    const chunks = Math.min(lanes, remaining);
    const last = runs.at(-1);
    if (last?.requests === size) last.chunks += chunks;
    else runs.push({ chunks, requests: size });
    remaining -= chunks * size;
    if (lanes > 1 && wanted <= MAX_REQUESTS_PER_CHUNK) part = LATER_PART;
  }
  return runs;
}

export function countChunks(plan: readonly ChunkRun[]): number {
  return plan.reduce((chunks, run) => chunks + run.chunks, 0);
}

/** How many identifiers the staged requests have. */
export interface StagedIdentifiers {
  readonly identifiers: number;
  /** In the request that has the most. */
  readonly fullestRequest: number;
}

/**
 * The identifiers of a chunk. They are exact where every request but the last is full, as most are;
 * else the average.
 */
export function identifiersOfChunk(
  plan: readonly ChunkRun[],
  { firstRequest, requests }: Chunk,
  { identifiers, fullestRequest }: StagedIdentifiers,
): { readonly identifiers: number; readonly isExact: boolean } {
  const all = plan.reduce((sum, run) => sum + run.chunks * run.requests, 0);
  if (identifiers <= (all - 1) * fullestRequest) {
    return { identifiers: Math.round((identifiers * requests) / all), isExact: false };
  }
  const left = identifiers - firstRequest * fullestRequest;
  return { identifiers: Math.min(requests * fullestRequest, left), isExact: true };
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
  throw new RangeError(`chunk index ${index} is out of range: the plan has ${chunksBefore} chunks`);
}
