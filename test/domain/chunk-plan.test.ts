import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ChunkRun,
  chunkAt,
  countChunks,
  identifiersOfChunk,
  MAX_REQUESTS_PER_CHUNK,
  planChunks,
} from '../../src/domain/chunk-plan.ts';

const anyPlan = fc.record({
  requests: fc.nat(20_000),
  lanes: fc.integer({ min: 1, max: 10 }),
});

describe('the plan of chunks', () => {
  it('covers each request once, in order', () => {
    fc.assert(
      fc.property(anyPlan, ({ requests, lanes }) => {
        const plan = planChunks(requests, lanes);
        let next = 0;
        for (let index = 0; index < countChunks(plan); index += 1) {
          const chunk = chunkAt(plan, index);
          expect(chunk.firstRequest).toBe(next);
          expect(chunk.requests).toBeGreaterThan(0);
          expect(chunk.requests).toBeLessThanOrEqual(MAX_REQUESTS_PER_CHUNK);
          next += chunk.requests;
        }
        expect(next).toBe(requests);
      }),
    );
  });

  it('gives every lane work as long as there are requests for it', () => {
    fc.assert(
      fc.property(anyPlan, ({ requests, lanes }) => {
        expect(countChunks(planChunks(requests, lanes))).toBeGreaterThanOrEqual(
          Math.min(requests, lanes),
        );
      }),
    );
  });

  it('the identifiers of the chunks add up, and are exact where all requests but the last are full', () => {
    const last = fc.integer({ min: 1, max: 1_000 });
    fc.assert(
      fc.property(anyPlan, last, fc.boolean(), ({ requests, lanes }, last, areFull) => {
        fc.pre(requests > 2);
        const plan = planChunks(requests, lanes);
        const each = areFull ? 1_000 : 500;
        const staged = { identifiers: (requests - 1) * each + last, fullestRequest: 1_000 };
        const chunks = Array.from({ length: countChunks(plan) }, (_, index) =>
          identifiersOfChunk(plan, chunkAt(plan, index), staged),
        );
        const sum = chunks.reduce((total, { identifiers }) => total + identifiers, 0);
        expect(new Set(chunks.map(({ isExact }) => isExact))).toEqual(new Set([areFull]));
        if (areFull) expect(sum).toBe(staged.identifiers);
        else expect(Math.abs(sum - staged.identifiers)).toBeLessThanOrEqual(chunks.length);
      }),
    );
  });

  it('needs few chunks, as each costs an activity, and few runs of them', () => {
    for (let lanes = 1; lanes <= 10; lanes += 1) {
      expect(countChunks(planChunks(1_000, lanes))).toBeLessThanOrEqual(40);
      expect(countChunks(planChunks(10_000, lanes))).toBeLessThanOrEqual(75);
      expect(planChunks(100_000, lanes).length).toBeLessThanOrEqual(6);
    }
  });

  it.each([
    [2, 100],
    [5, 100],
    [5, 1_000],
    [10, 100],
    [10, 200],
    [10, 1_000],
    [10, 5_000],
    [10, 10_000],
  ])('keeps %i lanes busy to the end: %i requests that take 50 to 500 ms', (lanes, requests) => {
    const random = randomNumbers(1);
    const chunks = sizesOf(planChunks(requests, lanes));
    const single = new Array(requests).fill(1);
    let use = 0;
    for (let draw = 0; draw < DRAWS; draw += 1) {
      const latencies = Array.from({ length: requests }, () => 50 + 450 * random());
      // Nothing that does not know the latencies does better than one request at a time.
      use += duration(single, lanes, latencies) / duration(chunks, lanes, latencies) / DRAWS;
    }
    expect(use).toBeGreaterThan(0.95);
    expect(use).toBeLessThanOrEqual(1.02);
  });

  it('names an index that is out of range', () => {
    expect(() => chunkAt(planChunks(3, 1), 1)).toThrow('chunk index 1 is out of range');
  });
});

const DRAWS = 50;

function sizesOf(plan: readonly ChunkRun[]): number[] {
  return plan.flatMap(({ chunks, requests }) => new Array<number>(chunks).fill(requests));
}

/** How long sending takes where each lane, when it is free, takes the next chunk. */
function duration(chunks: readonly number[], lanes: number, latencies: readonly number[]): number {
  const freeAt = new Array<number>(lanes).fill(0);
  let next = 0;
  for (const size of chunks) {
    const lane = freeAt.indexOf(Math.min(...freeAt));
    const sent = latencies.slice(next, next + size);
    freeAt[lane] = sent.reduce((end, latency) => end + latency, freeAt[lane] as number);
    next += size;
  }
  return Math.max(...freeAt);
}

/** The same ones in each run: a Lehmer generator. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state / 0x7fff_ffff;
  };
}
