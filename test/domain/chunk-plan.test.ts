import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  chunkAt,
  countChunks,
  planChunks,
  REQUESTS_PER_CHUNK,
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
          expect(chunk.requests).toBeLessThanOrEqual(REQUESTS_PER_CHUNK);
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

  it('needs at most 500 chunks for 10 M identifiers', () => {
    for (let lanes = 1; lanes <= 10; lanes += 1) {
      expect(countChunks(planChunks(10_000, lanes))).toBeLessThanOrEqual(500);
    }
  });

  it('says which index is beyond it', () => {
    expect(() => chunkAt(planChunks(3, 1), 1)).toThrow('1 chunks, so none with the index 1');
  });
});
