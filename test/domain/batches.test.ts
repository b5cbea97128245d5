import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Batch, Batcher, type OnBatch } from '../../src/domain/batches.ts';
import type { IdentifierColumn } from '../../src/domain/columns.ts';
import type { KindCounts } from '../../src/domain/report.ts';

const columns: IdentifierColumn[] = [
  { kind: 'userIds', name: 'user_ids', index: 0 },
  { kind: 'deviceIds', name: 'device_ids', index: 1 },
  { kind: 'aliases', name: 'email', index: 2 },
  { kind: 'aliases', name: 'phone', index: 3 },
];
const limits = { identifiers: 5, characters: 40, charactersPerAlias: 3 };

function collect() {
  const batches: Batch[] = [];
  const counts: KindCounts[] = [];
  const batcher = new Batcher(columns, limits, (batch, count) => {
    batches.push(batch);
    counts.push(count);
  });
  return { batches, counts, batcher };
}

function identifiersOf(batch: Batch): string[] {
  return [
    ...batch.userIds.map((id) => `0:${id}`),
    ...batch.deviceIds.map((id) => `1:${id}`),
    ...batch.aliases.flatMap(({ label, names }) =>
      names.map((name) => `${label === 'email' ? 2 : 3}:${name}`),
    ),
  ];
}

function countsOf({ userIds, deviceIds, aliases }: Batch): KindCounts {
  return {
    userIds: userIds.length,
    deviceIds: deviceIds.length,
    aliases: aliases.flatMap(({ names }) => names).length,
  };
}

describe('batches', () => {
  it('know the row of each identifier, where rows are kept', () => {
    const identifier = fc.tuple(fc.nat(3), fc.string({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(identifier, { maxLength: 60 }), (added) => {
        const found: (readonly [name: string, row: number])[] = [];
        const keep: OnBatch = (batch, _, rows) => {
          const names = identifiersOf(batch);
          expect(rows).toHaveLength(names.length);
          found.push(...names.map((name, index) => [name, rows?.[index] ?? 0] as const));
        };
        const batcher = new Batcher(columns, limits, keep, true);
        const firstRows = new Map<string, number>();
        for (const [index, [column, value]] of added.entries()) {
          batcher.add(column, value, index + 1);
          const name = `${column}:${value}`;
          firstRows.set(name, firstRows.get(name) ?? index + 1);
        }
        batcher.flush();
        expect(new Map(found)).toEqual(firstRows);
      }),
    );
  });

  it('hold every identifier once, under its kind, within the limits', () => {
    const identifier = fc.tuple(fc.nat(3), fc.string({ minLength: 1, maxLength: 8 }));
    fc.assert(
      fc.property(fc.array(identifier, { maxLength: 60 }), (added) => {
        const { batches, counts, batcher } = collect();
        for (const [column, value] of added) batcher.add(column, value);
        batcher.flush();
        const unique = new Set(added.map(([column, value]) => `${column}:${value}`));
        expect(batches.flatMap(identifiersOf).sort()).toEqual([...unique].sort());
        expect(batcher.repeated).toBe(added.length - unique.size);
        expect(counts).toEqual(batches.map(countsOf));
        for (const batch of batches) {
          const found = identifiersOf(batch);
          expect(found.length).toBeGreaterThan(0);
          expect(found.length).toBeLessThanOrEqual(limits.identifiers);
          const aliases = batch.aliases.reduce((sum, { names }) => sum + names.length, 0);
          const characters = found.reduce((sum, text) => sum + text.length - 2, 0) + aliases * 8;
          expect(characters).toBeLessThanOrEqual(limits.characters);
        }
      }),
    );
  });

  it('distinguish kinds and labels that share a value', () => {
    const { batches, batcher } = collect();
    for (let column = 0; column < 4; column += 1) batcher.add(column, 'a');
    batcher.flush();
    expect(batcher.repeated).toBe(0);
    expect(batches).toEqual([
      {
        userIds: ['a'],
        deviceIds: ['a'],
        aliases: [
          { label: 'email', names: ['a'] },
          { label: 'phone', names: ['a'] },
        ],
      },
    ]);
  });

  it('send a duplicate again once the first is forgotten', () => {
    const { batches, batcher } = collect();
    batcher.add(0, 'a');
    batcher.forgetRepeats();
    batcher.add(0, 'a');
    batcher.flush();
    expect(batches[0]?.userIds).toEqual(['a', 'a']);
  });

  it('put columns of one kind together', () => {
    const batches: Batch[] = [];
    const same: IdentifierColumn[] = [0, 1].map((index) => ({
      kind: 'userIds',
      name: `user_ids_${index}`,
      index,
    }));
    const batcher = new Batcher(same, limits, (batch) => batches.push(batch));
    batcher.add(1, 'b');
    batcher.add(0, 'a');
    batcher.flush();
    expect(batches.map(({ userIds }) => userIds)).toEqual([['a', 'b']]);
  });

  it('return nothing where nothing was added', () => {
    const { batches, batcher } = collect();
    batcher.flush();
    expect(batches).toEqual([]);
  });
});
