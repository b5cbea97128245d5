import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TABLE_FUNCTIONS } from '../../../src/sources/duckdb/allowed-functions.ts';
import { openLockedDatabase } from '../../../src/sources/duckdb/lockdown.ts';
import { checkStatement } from '../../../src/sources/duckdb/statement.ts';
import {
  CALLS_EVERYWHERE,
  OTHER_NAMES,
  OTHER_STATEMENTS,
  OUTSIDE_FILES,
  READERS,
  SYNTAX_ERRORS,
} from './attacks.ts';
import { type Box, createBox, OUTSIDE_SECRET } from './box.ts';
import { hashTree, type Outcome, runQueries } from './run-queries.ts';

let box: Box;
let before: string;

beforeAll(async () => {
  box = await createBox();
  before = await hashTree(box.root);
  // Hundreds of attacks: on a busy machine they take a while.
}, 4 * 60_000);
afterAll(() => box[Symbol.asyncDispose]());

const EXPLAINS = ['EXPLAIN SELECT 1', '/* why */ explain analyze SELECT 1'];

/** What becomes of each attack, all in one process. */
let outcomes: ReadonlyMap<string, Outcome>;
beforeAll(async () => {
  const attacks = [
    ...[...OTHER_STATEMENTS, ...SYNTAX_ERRORS, ...CALLS_EVERYWHERE, ...OTHER_NAMES, ...EXPLAINS],
    ...READERS.flatMap(filesOutside),
  ];
  const ended = await runQueries(box.directory, {
    queries: attacks,
    spillDirectory: box.spillDirectory,
  });
  outcomes = new Map(attacks.map((attack, index) => [attack, ended[index] as Outcome]));
});

describe('what is rejected', () => {
  test.each([
    ['statements other than SELECT', OTHER_STATEMENTS, /^QueryFailed: The query was refused\. /],
    ['what the parser refuses', SYNTAX_ERRORS, /^QueryFailed: /],
    [
      'calls in every place of a SELECT',
      CALLS_EVERYWHERE,
      /^QueryFailed: The query was refused\. It calls /,
    ],
    [
      'names of other things',
      OTHER_NAMES,
      /^QueryFailed: (?:The query |DuckDB could not run the query\. Catalog Error: )/,
    ],
    [
      'a statement other than SELECT, which is named by its first word',
      EXPLAINS,
      /The query was refused\. It begins with EXPLAIN\. An export runs/,
    ],
  ])('%s', (_, attacks, message) => {
    expectRefused(attacks, message);
  });

  test.each(READERS)('files outside, by %s', (reader) => {
    expectRefused(filesOutside(reader), /^QueryFailed: /);
  });

  test('and nothing outside has changed', async () => {
    expect(await hashTree(box.root)).toBe(before);
  });
});

function filesOutside(reader: string): string[] {
  return OUTSIDE_FILES.map((file) => {
    const name = reader.includes('$.csv') ? file.replace(/\.csv$/, '') : file;
    return reader
      .replace('$', () => name)
      .replace('$OUTSIDE', box.outside)
      .replace('$DIRECTORY', box.directory);
  });
}

describe('what DuckDB has', () => {
  test('every table function that is not allowed is rejected', async () => {
    using database = await openLockedDatabase(box);
    const names = await functionNames("function_type IN ('table', 'table_macro', 'pragma')");
    const others = names.filter((name) => !TABLE_FUNCTIONS.has(name));
    expect(others.length).toBeGreaterThan(60);
    for (const name of others) {
      const query = `FROM "${name}"()`;
      await expect(checkStatement(database.connection, { ...box, query }), name).rejects.toThrow(
        /calls the table function/,
      );
    }
  });

  test('every built-in view is rejected, also under the name of a WITH', async () => {
    using database = await openLockedDatabase(box);
    const reader = await database.connection.runAndReadAll(
      "SELECT DISTINCT view_name FROM duckdb_views() WHERE schema_name <> 'information_schema'",
    );
    for (const [name] of reader.getRows()) {
      const query = `WITH "${name}" AS (SELECT 1) FROM "${name}"`;
      await expect(
        checkStatement(database.connection, { ...box, query }),
        String(name),
      ).rejects.toThrow(/The query reads from/);
    }
  });

  // A new version's functions are to be looked at: which of them write, or tell about the worker?
  test('the functions are those that were reviewed', async () => {
    const names = await functionNames("function_type NOT IN ('pragma')");
    await expect(`${names.join('\n')}\n`).toMatchFileSnapshot('reviewed-functions.txt');
  });

  test('its settings contain nothing from the environment', async () => {
    const environment = { HOME: '/home/secret', TZ: 'Asia/Tokyo', HTTP_PROXY: 'http://secret:1' };
    const [outcome] = await runQueries(
      box.directory,
      {
        queries: ["SELECT '2026-01-01'::TIMESTAMPTZ::VARCHAR AS user_ids"],
        spillDirectory: box.spillDirectory,
      },
      environment,
    );
    expect(outcome).toMatchObject({ rows: [['2026-01-01 00:00:00+00']] });
    using database = await openLockedDatabase(box);
    const settings = await database.connection.runAndReadAll(
      'SELECT name, value FROM duckdb_settings()',
    );
    const text = JSON.stringify(settings.getRowsJson());
    expect(text).not.toContain(process.env.HOME ?? '/home/secret');
    expect(text).toContain('["lock_configuration","true"]');
    expect(text).toContain('["enable_external_access","false"]');
  });

  test('the engine itself keeps its settings', async () => {
    using database = await openLockedDatabase(box);
    for (const statement of [
      'SET enable_external_access = true',
      "SET allowed_directories = ['/']",
      'SET threads = 1',
      'RESET memory_limit',
    ]) {
      await expect(database.connection.run(statement)).rejects.toThrow(/locked|Cannot/);
    }
  });
});

function expectRefused(attacks: readonly string[], message: RegExp): void {
  const ended = attacks.map((attack) => [attack, outcomes.get(attack)] as const);
  const allowed = ended.filter(([, outcome]) => !message.test(outcome?.failed ?? ''));
  expect(allowed).toEqual([]);
  expect(JSON.stringify(ended)).not.toContain(OUTSIDE_SECRET);
}

async function functionNames(where: string): Promise<string[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const reader = await connection.runAndReadAll(
    `SELECT DISTINCT function_name FROM duckdb_functions() WHERE ${where} ORDER BY ALL`,
  );
  instance.closeSync();
  return reader.getRows().map(([name]) => String(name));
}
