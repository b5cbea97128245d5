import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { chunkAt, countChunks } from '../../src/domain/chunk-plan.ts';
import { type Cell, InvalidValue } from '../../src/domain/rows.ts';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import type { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { stagingFailed } from '../../src/staging/directory/file-errors.ts';
import { stageRows } from '../../src/staging/stage-rows.ts';
import { createStaging, failureOf, options, place, stageIn, users } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';

let staging: DirectoryStaging;
beforeEach(async () => {
  staging = await createStaging();
});

async function readAll(staged: StagedRows): Promise<unknown[]> {
  const payloads: unknown[] = [];
  for (let index = 0; index < countChunks(staged.chunks); index += 1) {
    for await (const { payload } of staging.read(staged, chunkAt(staged.chunks, index))) {
      payloads.push(JSON.parse(Buffer.from(payload).toString()));
    }
  }
  return payloads;
}

describe('staging', () => {
  it('keeps every identifier, in requests of at most 1,000, across files', async () => {
    const staged = await stageIn(staging, ['user_ids'], users(60_500));
    expect(staged.rows).toEqual({ read: 60_500, accepted: 60_500, rejected: 0 });
    expect(staged.identifiers).toEqual({ userIds: 60_500, deviceIds: 0, aliases: 0, repeated: 0 });
    const payloads = (await readAll(staged)) as [{ user_ids: string[] }][];
    expect(payloads).toHaveLength(61);
    expect(payloads.flatMap(([change]) => change.user_ids)).toEqual([...users(60_500)].flat());
    expect(payloads.every(([change]) => change.user_ids.length <= 1_000)).toBe(true);
  });

  it('sends each value of a row under its kind, arrays as several values', async () => {
    const rows: Cell[][] = [
      ['u1', ['d1', null, '', 'd2'], 'a@x', 'ignored'],
      [null, '', 'b@x', 'ignored'],
    ];
    const names = ['user_ids', 'device_ids', 'email', 'n'];
    const staged = await stageIn(staging, names, rows, { aliases: ['email'], operation: 'REMOVE' });
    expect(await readAll(staged)).toEqual([
      [
        {
          user_ids: ['u1'],
          device_ids: ['d1', 'd2'],
          aliases: [
            { alias_name: 'a@x', alias_label: 'email' },
            { alias_name: 'b@x', alias_label: 'email' },
          ],
          should_remove: true,
        },
      ],
    ]);
    expect(staged.warnings).toEqual(['These columns were ignored: "n".']);
  });

  it('leaves duplicates out, counts them and warns', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a'], ['b'], ['a'], ['a']]);
    expect(staged.identifiers).toMatchObject({ userIds: 2, repeated: 2 });
    expect(staged.warnings[0]).toContain('2 duplicate identifiers were left out');
    expect(staged.warnings[0]).toContain('DISTINCT');
  });

  it('warns of identifiers that look odd, in lists too, with counts by column', async () => {
    const rows: Cell[][] = [
      ['NULL', ['N/A', 'x']],
      ['u1', 'NULL'],
      [' u2', null],
      [new InvalidValue('is a DOUBLE', '1.0'), '1.0'],
    ];
    const staged = await stageIn(staging, ['user_ids', 'email'], rows, { aliases: ['email'] });
    expect(staged.warnings).toEqual([
      expect.stringContaining('3 identifiers (1 in "user_ids", 2 in "email") look like missing'),
      expect.stringContaining('1 identifier (in "user_ids") begins or ends with white space'),
    ]);
  });

  it('passes on what the source warns of', async () => {
    const source = { ...rowsOf(['user_ids'], [['a']]), warnings: ['It is old.'] };
    const staged = await stageRows(source, await staging.write(place), options);
    expect(staged.warnings).toEqual(['It is old.']);
  });

  it('adds to missing columns what the source says of them', async () => {
    const source = {
      ...rowsOf(['column0'], []),
      explainColumns: async () => 'There is no header.',
    };
    const writer = await staging.write(place);
    const { type, message } = await failureOf(stageRows(source, writer, options));
    expect(type).toBe('MissingColumns');
    expect(message).toMatch(/Nothing was sent\. There is no header\.$/);
  });

  it('puts invalid rows aside with number, column, reason and a masked value', async () => {
    const wrong = new InvalidValue('is a DOUBLE', '3.14159265');
    const rows: Cell[][] = [
      ['ok', null],
      ['', null],
      ['fine', ' '],
      [wrong, 'd'],
      ['x'.repeat(988), null],
    ];
    const staged = await stageIn(staging, ['user_ids', 'device_ids'], rows);
    expect(staged.rows).toEqual({ read: 5, accepted: 1, rejected: 4 });
    const rejects = await readFile(staged.rejects as string, 'utf8');
    expect(
      rejects
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toEqual([
      {
        row: 2,
        column: null,
        reason: 'has no identifier: NULL or empty in user_ids, device_ids',
        value: null,
      },
      {
        row: 3,
        column: 'device_ids',
        reason: 'contains only white space',
        value: '… (1 characters)',
      },
      { row: 4, column: 'user_ids', reason: 'is a DOUBLE', value: '3.… (10 characters)' },
      {
        row: 5,
        column: 'user_ids',
        reason: 'is longer than 987 bytes, the most that Braze accepts',
        value: 'xx… (988 characters)',
      },
    ]);
    expect(await readAll(staged)).toEqual([[{ user_ids: ['ok'] }]]);
    const reasons = rejects
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).reason);
    expect(staged.rejectReasons.map(({ reason }) => reason)).toEqual(reasons);
    expect(staged.rejectReasons.map(({ rows }) => rows)).toEqual([1, 1, 1, 1]);
  });

  it('fails at the first invalid row where none may be skipped, and leaves nothing', async () => {
    const error = await failureOf(
      stageIn(staging, ['user_ids'], [['a'], [' ']], { skipOnInvalidRecord: false }),
    );
    expect(error.type).toBe('InvalidRecord');
    expect(error.message).toContain(
      'Row 2, column "user_ids": contains only white space. Nothing was sent.',
    );
    expect(await staging.committed(place)).toBeNull();
    expect(await readdir(join(staging.root, 'runs', 'export-1'))).toEqual(['export.json']);
  });

  it('fails where every row is invalid, and keeps the rejects', async () => {
    const error = await failureOf(stageIn(staging, ['user_ids'], [[''], [' ']]));
    expect(error.type).toBe('InvalidRecord');
    expect(error.message).toContain('All 2 rows are invalid, so nothing was sent. Row 1');
    expect(
      await readFile(join(staging.root, 'rejects', place.namespaceId, 'run-1.jsonl'), 'utf8'),
    ).toMatch(/"row":2/);
  });

  it.each([
    [
      'an invalid row',
      [['a'], [' ']],
      false,
      'Row 2, column "user_ids": contains only white space',
    ],
    ['nothing but invalid rows', [[''], [' ']], true, 'The rejects file could not be kept'],
  ])('fails for the first cause, %s, where it cannot clean up', async (_, rows, skip, words) => {
    const logged = vi.spyOn(console, 'error').mockReturnValue();
    const writer = await staging.write(place);
    writer.abandon = () => Promise.reject(stagingFailed('written', new TypeError('disk')));
    const staged = stageRows(rowsOf(['user_ids'], rows), writer, {
      ...options,
      skipOnInvalidRecord: skip,
    });
    expect(await failureOf(staged)).toMatchObject({
      type: 'InvalidRecord',
      retry: 'never',
      message: expect.stringContaining(words),
    });
    expect(logged).toHaveBeenCalledWith(expect.stringContaining('was not cleaned up: The staged'));
    logged.mockRestore();
  });

  it('holds little in memory, though each row is a long list', async () => {
    const writer = await staging.write(place);
    const { append, drain } = writer;
    let held = 0;
    let most = 0;
    writer.append = (payload, counts, rows) => {
      held += payload.length;
      most = Math.max(most, held);
      append.call(writer, payload, counts, rows);
    };
    writer.drain = async () => {
      held = 0;
      await drain.call(writer);
    };
    const list = (row: number) => Array.from({ length: 4_000 }, (_, i) => `user-${row}-${i}`);
    // All in one batch of rows.
    const rows = Array.from({ length: 100 }, (_, row) => [list(row)]);
    const staged = await stageRows(rowsOf(['user_ids'], rows), writer, options);
    expect(staged.bytes).toBeGreaterThan(5_000_000);
    expect(most).toBeLessThan(600_000);
  });

  it('accepts a result without rows, and warns', async () => {
    const staged = await stageIn(staging, ['user_ids'], []);
    expect(staged.chunks).toEqual([]);
    expect(staged.warnings[0]).toContain('no rows');
    expect(staged.rejects).toBeNull();
  });
});
