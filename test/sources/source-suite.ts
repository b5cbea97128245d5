import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { braze } from '../../src/destinations/braze/destination.ts';
import { checkExport } from '../../src/domain/export-input.ts';
import { ExportError, FAILURE_TYPES, type FailureType } from '../../src/domain/failures.ts';
import { problemText } from '../../src/domain/problems.ts';
import type { SourceRead, SourceSpec, SourceType } from '../../src/domain/source-port.ts';
import { connectionOf, itHasASection, type Section } from '../support/connection-type.ts';
import {
  type ReadOrder,
  type ReadResult,
  type ReadRows,
  readInProcess,
} from './reading-process.ts';

type Scalar = string | bigint | number | boolean | null;
export type Value = Scalar | readonly Scalar[];

/** Strings in columns of text, bigints up to 64 bits in those of integers; any may be null. */
export interface TableColumn {
  readonly name: string;
  readonly type: 'text' | 'integer' | 'float' | 'boolean' | 'text[]' | 'integer[]' | 'float[]';
  readonly values: readonly Value[];
}

/** Something to read from, for one test. Each method gives the `source` of an export's input. */
export interface SourceHarness extends AsyncDisposable {
  /** A connection to it, as the configuration has it. */
  readonly section: Section;
  /** No message may hold one. */
  readonly secrets: readonly string[];
  table(columns: readonly TableColumn[]): Promise<object>;
  /** As many rows as that, of one column `user_ids`, each with its `memberOf(row)`. */
  sequence(rows: number): Promise<object>;
  /** What fails while it is run or read; the source's own words for that hold `value`. */
  failure(value: string): Promise<{ readonly source: object; readonly type: FailureType }>;
  /** What takes far longer to read than any test, once `openSource` has resolved. */
  endless(): Promise<object>;
}

export interface SourceUnderTest {
  readonly type: SourceType;
  start(): Promise<SourceHarness>;
}

const never = new AbortController().signal;
const ROWS = 30_000;
/**
 * How much more memory ten times the rows may take: buffers and V8's heap grow to their limits.
 * Measured: 8 to 36 MB, and 158 MB and more where all rows are kept.
 */
const GROWTH_MB = 90;

const AWKWARD = [
  ...['', ' ', ' a ', "it's", '"quoted"', 'back\\slash', 'a,b;c', 'tab\there', 'line\nbreak'],
  ...[
    '0',
    '007',
    '-0',
    '1e3',
    '12345678901234567890123456789012345678901234567890',
    'NULL',
    'null',
  ],
  ...['ÄÖÜß', 'e\u0301', '日本語', '👩‍👩‍👧', '\ufeffmark', '\u200b', '\u00a0', 'x'.repeat(5_000)],
];
const LARGEST = 2n ** 63n - 1n;

/** What every source must do; `start` gives each test something of its own to read from. */
export function sourceSuite({ type, start }: SourceUnderTest): void {
  let harness: SourceHarness;
  beforeEach(async () => {
    harness = await start();
  });
  afterEach(() => harness[Symbol.asyncDispose]());

  const check = (source: object) => {
    const input = { source, cohortId: 'vip', operation: 'APPEND' };
    return checkExport(input, { sources: [type], destinations: [braze] });
  };
  const checked = (source: object): SourceSpec => {
    const { request, problems } = check(source);
    return request?.source ?? expect.unreachable(problems.map(problemText).join('\n'));
  };
  /** What the reader is given, once the query has run where it runs as a job of the source. */
  const prepare = async (source: object): Promise<SourceRead> => {
    const spec = checked(source);
    const connection = connectionOf(type, harness.section);
    const scheduledTime = '2026-11-21T12:00:00.000Z';
    await using jobs = type.openJobs?.(connection);
    const run = { namespace: 'default', workflowId: 'w', runId: randomUUID(), scheduledTime };
    const job = (await jobs?.start(spec, run, never)) ?? null;
    if (job !== null) await jobs?.wait(job, never, () => undefined);
    const data = type.readData(spec, connection, { scheduledTime, job });
    return { reader: type.reader.href, data };
  };
  const read = async (source: object, mode: ReadOrder['mode'] = 'rows') =>
    await readInProcess(await prepare(source), mode);
  const readRows = async (source: object, mode?: ReadOrder['mode']): Promise<ReadRows> => {
    const result = await read(source, mode);
    return 'rows' in result ? result : expect.unreachable(JSON.stringify(result));
  };
  const readTable = async (...columns: TableColumn[]) => readRows(await harness.table(columns));

  describe(`the source ${type.type}`, () => {
    itHasASection(type, () => harness.section);

    it('accepts its shortest form, with the default connection', () => {
      const example = JSON.parse(type.input.example) as object;
      expect(checked(example)).toMatchObject({ connection: type.defaultConnection, ...example });
    });

    it('suggests the nearest field for a typo', () => {
      const example = JSON.parse(type.input.example) as object;
      for (const field of Object.keys(example)) {
        const { problems } = check({ ...example, [`${field}x`]: 'x' });
        expect(problems).toHaveLength(1);
        expect(problems.map(problemText)[0]).toContain(
          `source.${field}x: unknown field (did you mean "${field}"`,
        );
      }
    });

    it('keeps every identifier as it is, in order', async () => {
      const texts = [...AWKWARD, ...fc.sample(fc.string({ unit: 'grapheme' }), 300)];
      const integer = fc.bigInt({ min: -LARGEST - 1n, max: LARGEST });
      const integers = [0n, LARGEST, -LARGEST - 1n, 2n ** 53n + 1n, ...fc.sample(integer, 300)];
      const rows = Math.min(texts.length, integers.length);
      // The stand-in of Treasure Data loses a mark at the start of an array's item.
      const item = (row: number) => (texts[row] ?? '').replace(/^\ufeff/, '');
      const column = <T extends Value>(values: (row: number) => T) =>
        Array.from({ length: rows }, (_, row) => values(row));
      const result = await readTable(
        { name: 'user_ids', type: 'text', values: column((row) => texts[row] ?? '') },
        { name: 'n', type: 'integer', values: column((row) => integers[row] ?? 0n) },
        {
          name: 'device_ids',
          type: 'text[]',
          values: column((row) => [item(row), 'last', null]),
        },
        { name: 'e-mail Ä', type: 'integer[]', values: column((row) => [integers[row] ?? 0n]) },
      );
      expect(result.columns.map(({ name }) => name)).toEqual([
        'user_ids',
        'n',
        'device_ids',
        'e-mail Ä',
      ]);
      expect(result.rows).toEqual(
        column((row) => row).map((row) => {
          const digits = String(integers[row]);
          return [texts[row], digits, [item(row), 'last', null], [digits]];
        }),
      );
    });

    it('has NULL in every type of column, and empty arrays', async () => {
      const result = await readTable(
        { name: 'user_ids', type: 'text', values: [null, 'a'] },
        { name: 'n', type: 'integer', values: [null, 1n] },
        { name: 'd', type: 'text[]', values: [null, []] },
        { name: 'm', type: 'integer[]', values: [null, []] },
        { name: 'f', type: 'float', values: [null, null] },
        { name: 'b', type: 'boolean', values: [null, null] },
      );
      expect(result.rows).toEqual([
        [null, null, null, null, null, null],
        ['a', '1', [], [], null, null],
      ]);
    });

    it('has columns even without rows', async () => {
      const result = await readTable(
        { name: 'user_ids', type: 'text', values: [] },
        { name: 'email', type: 'text', values: [] },
      );
      expect(result.columns.map(({ name }) => name)).toEqual(['user_ids', 'email']);
      expect(result.rowCount).toBe(0);
    });

    it('marks what is not an identifier as invalid, each with its fix', async () => {
      const { columns, rows } = await readTable(
        { name: 'user_ids', type: 'float', values: [1.5] },
        { name: 'email', type: 'boolean', values: [true] },
        { name: 'device_ids', type: 'float[]', values: [[2.5, null]] },
      );
      const invalid = (name: string, value: string) => ({
        reason: expect.stringMatching(`^is .+; .*\\b${name}\\b`),
        value,
      });
      expect(rows).toEqual([
        [
          invalid('user_ids', '1.5'),
          invalid('email', 'true'),
          [invalid('device_ids', '2.5'), null],
        ],
      ]);
      for (const column of columns) expect(column.type).not.toBe('');
    });

    it('fails with a documented type, and shows no values', async () => {
      const { source, type: failureType } = await harness.failure('s3cr3t-value');
      const { type: found, message } = await prepare(source).then(
        async (prepared) => failureIn(await readInProcess(prepared, 'rows')),
        (error: unknown) => (error instanceof ExportError ? error : expect.unreachable()),
      );
      expect(FAILURE_TYPES).toContain(found);
      expect(found).toBe(failureType);
      expect(message).not.toBe('');
      for (const secret of [...harness.secrets, 's3cr3t']) expect(message).not.toContain(secret);
    });

    it('ends at once when it is disposed of while it reads', async () => {
      const result = await read(await harness.endless(), 'cancel');
      if (!('disposedAfterMs' in result)) expect.unreachable(JSON.stringify(result));
      expect(result.disposedAfterMs).toBeLessThan(2_000);
    });

    it('keeps the order of a long result, and needs no more memory than for a short one', async () => {
      const few = await readRows(await harness.sequence(ROWS), 'sequence');
      const many = await readRows(await harness.sequence(10 * ROWS), 'sequence');
      expect(few).toMatchObject({ rowCount: ROWS, firstOutOfOrder: null });
      expect(many).toMatchObject({ rowCount: 10 * ROWS, firstOutOfOrder: null });
      expect(many.maxRssMb - few.maxRssMb).toBeLessThan(GROWTH_MB);
    });
  });
}

function failureIn(result: ReadResult) {
  return 'failed' in result ? result.failed : expect.unreachable(JSON.stringify(result));
}
