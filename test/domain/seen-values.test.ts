import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SeenValues } from '../../src/domain/seen-values.ts';

/** Few different ones, so that they repeat, and ones that look alike. */
const value = fc.oneof(
  fc.integer({ min: 0, max: 400 }).map((number) => `user-${number}`),
  fc.string({ unit: 'binary', maxLength: 3 }),
  fc.constantFrom('', '\0', '\0\0', 'a', 'A', 'é', 'e\u0301', '\ud800', '\ufeffa'),
);
const CLEAR = Symbol('clear');

describe('the values that were seen', () => {
  it('equal those of a Set, over any number of rounds', () => {
    const step = fc.oneof(
      { weight: 50, arbitrary: value },
      { weight: 1, arbitrary: fc.constant(CLEAR) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4_000, size: 'max' }), (steps) => {
        const seen = new SeenValues();
        const expected = new Set<string>();
        for (const next of steps) {
          if (typeof next === 'string') {
            expect(seen.add(next)).toBe(!expected.has(next));
            expected.add(next);
          } else {
            seen.clear();
            expected.clear();
          }
        }
      }),
      { numRuns: 30 },
    );
  });

  it('are kept apart and found again as their table grows', () => {
    const seen = new SeenValues();
    for (let round = 0; round < 2; round += 1) {
      const values = Array.from({ length: 30_000 }, (_, index) => `user-${index}`);
      expect(values.every((text) => seen.add(text))).toBe(true);
      expect(values.some((text) => seen.add(text))).toBe(false);
      seen.clear();
    }
  });

  it('are kept apart where their hashes are equal', () => {
    const seen = new SeenValues();
    const pairs = collisions(seen, 500_000);
    expect(pairs.length).toBeGreaterThan(0);
    for (const [first, second] of pairs) {
      expect(seen.add(first)).toBe(true);
      expect(seen.add(second)).toBe(true);
      expect(seen.add(first)).toBe(false);
      expect(seen.add(second)).toBe(false);
    }
  });

  it('are kept apart where all map to the same slot', () => {
    const seen = new SeenValues();
    const crowd = sameSlot(seen, 500);
    expect(crowd.every((text) => seen.add(text))).toBe(true);
    expect(crowd.some((text) => seen.add(text))).toBe(false);
  });

  it('map to other slots in each table, so that nobody can target one', () => {
    const crowd = sameSlot(new SeenValues(), 500);
    const other = new SeenValues();
    const slots = new Set(crowd.map((text) => other.hashOf(text) & LOW_BITS));
    expect(slots.size).toBeGreaterThan(300);
  });
});

/** The slots of a table of a thousand values. */
const LOW_BITS = 0x7ff;

function sameSlot(seen: SeenValues, count: number): string[] {
  const crowd: string[] = [];
  for (let index = 0; crowd.length < count; index += 1) {
    if ((seen.hashOf(`user-${index}`) & LOW_BITS) === 0) crowd.push(`user-${index}`);
  }
  return crowd;
}

/** Some 29 pairs are to be expected among 500,000 random values with hashes of 32 bits. */
function collisions(seen: SeenValues, values: number): [string, string][] {
  const byHash = new Map<number, string>();
  const pairs: [string, string][] = [];
  for (let index = 0; index < values; index += 1) {
    const text = randomUUID();
    const hash = seen.hashOf(text);
    const earlier = byHash.get(hash);
    if (earlier === undefined) byHash.set(hash, text);
    else pairs.push([earlier, text]);
  }
  return pairs;
}
