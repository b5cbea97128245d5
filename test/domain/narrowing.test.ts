import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { identifiersOf, type Part, partOf } from '../../src/domain/batch-parts.ts';
import { narrowDown } from '../../src/domain/narrowing.ts';
import { rowAt, writeRows } from '../../src/domain/row-ranges.ts';

/** A request of `size` identifiers, some of which are refused, from `start` on. */
const refusals = fc.integer({ min: 1, max: 1_000 }).chain((size) =>
  fc.record({
    size: fc.constant(size),
    start: fc.nat(size - 1),
    refused: fc.uniqueArray(fc.nat(size - 1), { maxLength: 60, size: 'max' }),
  }),
);

/** What a service sees that refuses each request with one of these identifiers. */
async function narrow(whole: Part, refused: ReadonlySet<number>) {
  const calls: Part[] = [];
  const accepted: number[] = [];
  const found: number[] = [];
  await narrowDown(whole, async (part) => {
    calls.push(part);
    const inside = Array.from({ length: part.end - part.start }, (_, i) => part.start + i);
    if (!inside.some((index) => refused.has(index))) accepted.push(...inside);
    else if (inside.length === 1) found.push(part.start);
    else return false;
    return true;
  });
  return { calls, accepted, found };
}

describe('narrowing a request down', () => {
  it('finds exactly what is refused, and sends all the rest once and in order', async () => {
    await fc.assert(
      fc.asyncProperty(refusals, async ({ size, start, refused }) => {
        const { calls, accepted, found } = await narrow({ start, end: size }, new Set(refused));
        const [bad, good] = [refused.filter((index) => index >= start), new Set(refused)];
        expect(found).toEqual(bad.toSorted((a, b) => a - b));
        const all = Array.from({ length: size - start }, (_, i) => start + i);
        expect(accepted).toEqual(all.filter((index) => !good.has(index)));
        const levels = Math.ceil(Math.log2(size - start));
        expect(calls.length).toBeLessThanOrEqual(1 + 2 * bad.length * levels);
      }),
    );
  });

  it('sends a request without any refused identifier as it is', async () => {
    const whole = { start: 0, end: 1_000 };
    expect((await narrow(whole, new Set())).calls).toEqual([whole]);
  });

  it('finds one of a thousand with 21 requests at most', async () => {
    for (const index of [0, 499, 500, 999]) {
      const { calls } = await narrow({ start: 0, end: 1_000 }, new Set([index]));
      expect(calls.length).toBeLessThanOrEqual(21);
    }
  });

  it('sends nothing where nothing is left', async () => {
    expect((await narrow({ start: 7, end: 7 }, new Set([7]))).calls).toEqual([]);
  });

  it('ends at the first failure', async () => {
    const failure = new Error('no connection');
    await expect(narrowDown({ start: 0, end: 9 }, () => Promise.reject(failure))).rejects.toBe(
      failure,
    );
  });
});

describe('a part of a batch', () => {
  it('has the identifiers of its places', () => {
    const texts = fc.array(fc.string(), { maxLength: 5 });
    const batches = fc.record({
      userIds: texts,
      deviceIds: texts,
      aliases: fc.array(fc.record({ label: fc.string(), names: texts }), { maxLength: 3 }),
    });
    fc.assert(
      fc.property(batches, fc.nat(20), fc.nat(20), (batch, start, length) => {
        const part = partOf(batch, { start, end: start + length });
        expect(identifiersOf(part)).toEqual(identifiersOf(batch).slice(start, start + length));
        expect(part.aliases.every(({ names }) => names.length > 0)).toBe(true);
      }),
    );
  });

  it('names the columns of its identifiers', () => {
    const aliases = [{ label: 'email', names: ['a@x', 'b@x'] }];
    expect(identifiersOf({ userIds: ['u'], deviceIds: ['d'], aliases })).toEqual([
      { column: 'user_ids', value: 'u' },
      { column: 'device_ids', value: 'd' },
      { column: 'email', value: 'a@x' },
      { column: 'email', value: 'b@x' },
    ]);
  });
});

describe('rows as text', () => {
  it('are read as they were written', () => {
    const run = fc.tuple(fc.integer({ min: 1, max: 1_000_000_000 }), fc.nat(30), fc.nat(1));
    fc.assert(
      fc.property(fc.array(run, { minLength: 1, maxLength: 5 }), (runs) => {
        const rows = runs.flatMap(([first, more, step]) =>
          Array.from({ length: more + 1 }, (_, i) => first + i * step),
        );
        const text = writeRows(rows);
        expect(rows.map((_, index) => rowAt(text, index))).toEqual(rows);
        expect(() => rowAt(text, rows.length)).toThrow(RangeError);
      }),
    );
  });

  it('are short where they follow each other', () => {
    expect(writeRows([3, 4, 5, 6, 9, 9, 11, 12])).toBe('3-6,9,9,11-12');
  });
});
