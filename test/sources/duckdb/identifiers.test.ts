import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { runs } from '../../support/property-runs.ts';
import {
  dialects,
  type Written,
  writeCsv,
  writeJson,
  writeParquet,
  writtenValues,
} from './identifier-files.ts';
import { type Outcome, runQueries, type ShownCell, temporaryDirectory } from './run-queries.ts';

/** More than DuckDB looks at before it guesses: 20,480. */
const MOST_ROWS = process.env.FULL_PROPERTIES ? 100_000 : 24_000;
const FILES = 5;
if (process.env.FULL_PROPERTIES) vi.setConfig({ testTimeout: 900_000 });
const STOPS_AFTER_MS = process.env.FULL_PROPERTIES ? 840_000 : 100_000;
const INTEGER = /^-?\d+$/;

interface Cell {
  readonly found: ShownCell;
  readonly written: Written;
  /** As text. */
  readonly stands: string | null;
  /** One number with a fraction makes all of a column of numbers floats. */
  readonly mayBeFloat: boolean;
}

test('a CSV file arrives as it stands, wherever its odd values stand', async () => {
  await eachFile('x.csv', dialects, writeCsv, ({ found, written }) => {
    // All of it is text, so nothing has to be rejected.
    return found === written.value;
  });
});

test('what arrives of a JSON file stands in it, and the rest is rejected', async () => {
  await eachFile('x.json', fc.boolean(), writeJson, ({ found, written, mayBeFloat }) => {
    if (!written.isNumber) return found === written.value;
    if (!INTEGER.test(written.value)) return isRejected(found);
    const digits = written.value === '-0' ? '0' : written.value;
    return found === digits || (mayBeFloat && isRejected(found));
  });
});

test('integers and strings of a JSON file all arrive', async () => {
  const values = writtenValues(300).map((all) =>
    all.filter(({ value, isNumber }) => !isNumber || (INTEGER.test(value) && value !== '-0')),
  );
  await eachFile(
    'x.ndjson',
    fc.constant(false),
    writeJson,
    ({ found, written }) => {
      return found === written.value;
    },
    values,
  );
});

test('what arrives of a Parquet file stands in it, and the rest is rejected', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const exact = ['VARCHAR', 'BIGINT', 'DECIMAL(38, 0)'].map((type) => ({ type, isExact: true }));
  const others = ['DOUBLE', 'FLOAT', 'DECIMAL(20, 4)', 'DATE', 'BOOLEAN'].map((type) => ({
    type,
    isExact: false,
  }));
  await eachFile(
    'x.parquet',
    fc.constantFrom(...exact, ...others),
    (path, values, { type }) => writeParquet(connection, path, values, type),
    ({ found, stands }, { isExact }) =>
      stands === null || isExact ? found === stands : isRejected(found),
  );
  instance.closeSync();
});

/** Writes and reads files, many by each process, until one has a cell that is not right. */
async function eachFile<T>(
  name: string,
  options: fc.Arbitrary<T>,
  write: (path: string, values: readonly Written[], option: T) => Promise<(string | null)[]>,
  isRight: (cell: Cell, option: T) => boolean,
  values: fc.Arbitrary<Written[]> = writtenValues(MOST_ROWS),
): Promise<void> {
  await using root = await temporaryDirectory();
  await mkdir(join(root.path, 'spill'));
  const file = fc.tuple(
    values.filter((all) => all.length > 0),
    options,
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(file, { minLength: 1, maxLength: FILES, size: 'max' }),
      async (files) => {
        const names = files.map((_, index) => `${index}-${name}`);
        const stands: (string | null)[][] = [];
        for (const [index, [all, option]] of files.entries()) {
          stands.push(await write(join(root.path, names[index] ?? ''), all, option));
        }
        const outcomes = await read(root.path, names);
        for (const [index, [all, option]] of files.entries()) {
          const found = cellsOf(outcomes[index]);
          expect(found).toHaveLength(all.length);
          const mayBeFloat = all.every(({ isNumber }) => isNumber);
          const cells = all.map((written, row) => ({
            written,
            stands: stands[index]?.[row] ?? null,
            found: found[row] ?? null,
            row,
            mayBeFloat,
          }));
          expect(cells.filter((cell) => !isRight(cell, option))).toEqual([]);
        }
      },
    ),
    // Making a failing file smaller would go on until the test's time is over, and nobody would see it.
    { ...runs(12), interruptAfterTimeLimit: STOPS_AFTER_MS, markInterruptAsFailure: true },
  );
}

async function read(directory: string, names: readonly string[]): Promise<Outcome[]> {
  return await runQueries(directory, {
    queries: names.map((name) => `SELECT user_ids FROM '${name}'`),
    spillDirectory: join(directory, 'spill'),
    maxRows: Number.MAX_SAFE_INTEGER,
  });
}

function cellsOf(outcome: Outcome | undefined): ShownCell[] {
  if (outcome?.failed !== undefined) throw new Error(outcome.failed);
  return outcome?.rows.map(([cell]) => cell ?? null) ?? [];
}

function isRejected(cell: ShownCell): boolean {
  return typeof cell === 'object' && cell !== null && !Array.isArray(cell);
}
