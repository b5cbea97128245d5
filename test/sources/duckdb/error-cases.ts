import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';

/** Stands in every value of the files below, and in no query. */
export const SECRET = /s3cr3t/i;

const s = 's3cr3t';

/** Files whose values hold the secret, in every way that they can be wrong. */
export async function writeFaultyFiles(directory: string): Promise<void> {
  const many = Array.from({ length: 5_000 }, (_, row) => `u${row},${row}`).join('\n');
  const numbers = '{"user_ids": 1}\n'.repeat(30_000);
  const files: Record<string, string | Buffer> = {
    'ids.csv': `user_ids,n,d\n${s}-a@x.io,12${s},${s}-2024\nbob,2,2024-01-01\n`,
    'late.csv': `user_ids,n\n${many}\n${s}-x,n${s}\n`,
    'columns.csv': `user_ids,n\n${'a,1\n'.repeat(3000)}${s}1,2,${s}3\n`,
    'quotes.csv': `user_ids,n\n${'"a",1\n'.repeat(3000)}"s3c"${s}",2\nfoo,3\n`,
    'multi-line.csv': `user_ids,n\n${'"a",1\n'.repeat(3000)}"${s}\nfile = ${s}\nCSV Error on Line: ${s}\n${s}","${s}\n${s}"\n`,
    'latin.csv': Buffer.from(`user_ids,n\n${s}-\xe9,1\n`, 'latin1'),
    'long.csv': `user_ids\n${s.repeat(500_000)}\n`,
    'two-names.csv': `${s}_smith,${s}jones42\n${s}a,${s}b\n`,
    'keyed.json': `{${Array.from({ length: 50 }, (_, key) => `"${s}${key}": ${key % 2 === 0 ? key : `"${s}"`}`).join()}}`,
    'no-header.csv': `${s}-1@x.io\n${s}-2@x.io\n`,
    'bad.json': `{"user_ids": "${s}"}\n{"user_ids": "${s}" "${s}"}\n`,
    'array.json': `[{"user_ids": "${s}"}, {"user_ids": ${s}}]`,
    'late.json': `${numbers}{"user_ids": "${s}"}\n`,
    'twice.json': `{"user_ids": "${s}", "user_ids": "${s}"}`,
    'latin.json': Buffer.from(`{"user_ids": "${s}\xe9"}\n`, 'latin1'),
    'cut.json': `{"user_ids": "${s}`,
    'keys.json': `{"user_ids": {"${s}@x.io": 1}}\n`,
    'fake.parquet': `PAR1${s}${s}${s}`,
    'footer.parquet': `PAR1${s.repeat(100)}\u0010\u0000\u0000\u0000PAR1`,
    'tiny.parquet': 'x',
    'fake.csv.gz': `${s}, and no gzip`,
    'fake.csv.zst': `${s}, and no zstd`,
    'a.csv': 'x,user_ids\n1,a\n',
    'b.csv': `y\n${s}\n`,
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(directory, name), content);
  }
  await writeParquet(directory);
}

async function writeParquet(directory: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const rows = `SELECT '${s}-' || i AS user_ids, i AS n FROM range(100000) t(i)`;
  await connection.run(`COPY (${rows}) TO '${join(directory, 'good.parquet')}'`);
  await connection.run(`COPY (SELECT '${s}' AS o) TO '${join(directory, 'other-1.parquet')}'`);
  await connection.run(`COPY (SELECT '${s}' AS p) TO '${join(directory, 'other-2.parquet')}'`);
  instance.closeSync();
  const good = await readFile(join(directory, 'good.parquet'));
  await writeFile(join(directory, 'cut.parquet'), good.subarray(0, 5_000));
  await writeFile(join(directory, 'corrupt.parquet'), Buffer.from(good).fill(0xff, 2_000, 9_000));
}

/** Each query, and what its message must say. None may hold the secret. */
export const CASES: readonly [sql: string, says: string | RegExp][] = [
  // Conversions.
  [
    "SELECT user_ids::INTEGER FROM 'ids.csv'",
    "Conversion Error: Could not convert string '…' to INT32 when casting from source column user_ids (line 1, column 16 of the query). TRY_CAST",
  ],
  ["SELECT\n  user_ids::BIGINT\nFROM 'late.csv'", 'line 2, column 11 of the query'],
  ["SELECT 'ü😀', user_ids::BIGINT FROM 'late.csv'", 'line 1, column 22 of the query'],
  [`SELECT n::INT FROM read_csv('ids.csv', all_varchar = true)`, 'source column n'],
  [`SELECT d::DATE FROM read_csv('ids.csv', all_varchar = true)`, '(YYYY-MM-DD)'],
  [`SELECT d::TIMESTAMP FROM read_csv('ids.csv', all_varchar = true)`, 'source column d'],
  ["SELECT user_ids::TIMESTAMPTZ FROM 'ids.csv'", 'invalid timestamp field format: "…"'],
  ["SELECT user_ids::TIME FROM 'ids.csv'", 'time field value out of range: "…"'],
  ["SELECT user_ids::UUID FROM 'ids.csv'", "Could not convert string '…' to INT128"],
  ["SELECT user_ids::ENUM('a') FROM 'ids.csv'", "Could not convert string '…' to UINT8"],
  ["SELECT user_ids::BOOLEAN FROM 'ids.csv'", 'to BOOL'],
  ["SELECT user_ids::DECIMAL(5, 0) FROM 'ids.csv'", 'to DECIMAL(5,0)'],
  ["SELECT user_ids::DOUBLE FROM 'ids.csv'", 'to DOUBLE'],
  ["SELECT user_ids::INTERVAL FROM 'ids.csv'", 'to INTERVAL'],
  ["SELECT user_ids::INTEGER[] FROM 'ids.csv'", 'destination type INTEGER[]'],
  ["SELECT user_ids::STRUCT(a INTEGER) FROM 'ids.csv'", 'destination type STRUCT(a INTEGER) when'],
  ["SELECT user_ids::JSON FROM 'ids.csv'", 'Malformed JSON at byte 0'],
  ["SELECT user_ids::BIT FROM 'ids.csv'", "bit conversion: '…'. Run the query in DuckDB itself"],
  ["SELECT user_ids FROM 'ids.csv' WHERE user_ids = 1", "with text: user_ids = '1'."],
  ["SELECT if(n = 90000, user_ids::INT, 1) FROM 'good.parquet'", 'source column user_ids'],
  ["SELECT user_ids FROM 'good.parquet' LIMIT (SELECT user_ids FROM 'ids.csv' LIMIT 1)", 'UINT64'],
  ["SELECT (n * n)::TINYINT FROM 'good.parquet'", 'Type INT64 with value … can'],
  ["SELECT user_ids::INT FROM 'keys.json'", '(STRUCT("…" BIGINT) -> INTEGER)'],
  ["SELECT '2024-13-01'::DATE", 'date field value out of range: "2024-13-01" (line 1, column 20'],
  // Functions.
  [
    "SELECT strptime(user_ids, '%Y') FROM 'ids.csv'",
    'Could not parse string "…" according to format specifier "%Y"',
  ],
  ["SELECT strftime(now(), user_ids || '%Q') FROM 'ids.csv'", 'format specifier …'],
  ["SELECT date_trunc(user_ids, now()) FROM 'ids.csv'", 'extract specifier "…" not recognized'],
  ["SELECT now() AT TIME ZONE user_ids FROM 'ids.csv'", "Unknown TimeZone '…'"],
  [
    "SELECT regexp_matches('a', user_ids || '(') FROM 'ids.csv'",
    'missing ): …(. The regular expression',
  ],
  ["SELECT regexp_matches('a', '(')", 'missing ): (. The regular expression'],
  ["SELECT json_extract(user_ids, '$.a') FROM 'ids.csv'", 'Malformed JSON at byte 0'],
  ["SELECT json_extract('{}', '$' || user_ids || '[') FROM 'ids.csv'", 'JSON path error near'],
  ['SELECT from_json(user_ids, \'{"a": "INT"}\') FROM \'ids.csv\'', 'Malformed JSON'],
  [
    "SELECT from_base64(user_ids) FROM 'ids.csv'",
    'Could not decode string "…" as base64: length must be a multiple of 4',
  ],
  ["SELECT unhex(user_ids) FROM 'ids.csv'", 'Invalid input for hex digit: …'],
  ["SELECT ('\\x' || user_ids)::BLOB FROM 'ids.csv'", 'Invalid hex escape code'],
  ["SELECT decode(from_hex('ff') || user_ids::BLOB) FROM 'ids.csv'", 'Failure in decode'],
  ["SELECT printf(user_ids || '%s') FROM 'ids.csv'", 'Argument index "…" out of range'],
  ["SELECT format('{' || user_ids || '}', 1) FROM 'ids.csv'", 'Argument with name "…" not found'],
  ["SELECT repeat(user_ids, 1000000000) FROM 'ids.csv'", 'Cannot create a string of size'],
  ["SELECT map([user_ids, user_ids], [1, 2]) FROM 'ids.csv'", 'Map keys must be unique'],
  [
    "SELECT list_aggregate([1], user_ids) FROM 'ids.csv'",
    'Aggregate function name must be a constant.',
  ],
  ["SELECT (SELECT user_ids FROM 'good.parquet')", 'More than one row returned by a subquery'],
  [
    "SELECT n * 9223372036854775807 FROM 'good.parquet'",
    'multiplication of INT64 (… * 9223372036854775807). Cast to a wider',
  ],
  ["SELECT ln(n - 5) FROM 'good.parquet'", 'cannot take logarithm of a negative number'],
  [
    "SELECT error('text ' || user_ids) FROM 'ids.csv'",
    'It calls error() with a text that is not constant',
  ],
  ["SELECT error(user_ids) FROM 'ids.csv'", 'It calls error() with a text that is not constant'],
  ["SELECT error('no rows today') FROM 'ids.csv'", 'Invalid Input Error: no rows today.'],
  // CSV.
  [
    "FROM read_csv('late.csv', columns = {'user_ids': 'VARCHAR', 'n': 'INT'})",
    /CSV Error on Line: 5002; Error when converting column "n"\. Could not convert string "…" to 'INTEGER'; file = late.csv.*\. read_csv\(…, all_varchar = true\)/,
  ],
  [
    "FROM read_csv('late.csv', all_varchar = false, sample_size = 100)",
    'This type was auto-detected from the CSV file',
  ],
  [
    "FROM read_csv('late.csv', columns = {'a': 'INT'}, header = true, delim = '|')",
    'Error when converting column "a"',
  ],
  ["FROM read_csv('columns.csv', sample_size = 100)", 'Expected Number of Columns: 2 Found: 3'],
  [
    "FROM read_csv('quotes.csv', sample_size = 10)",
    'CSV Error on Line: 3002; Value with unterminated quote',
  ],
  [
    "SELECT n::INTEGER FROM read_csv('multi-line.csv', sample_size = 10)",
    /CSV Error|Conversion Error/,
  ],
  [
    "FROM read_csv('multi-line.csv', columns = {'a': 'VARCHAR', 'n': 'INT'}, sample_size = 10)",
    'CSV Error on Line',
  ],
  [
    "FROM 'latin.csv'",
    'This file is not utf-8 encoded; file = latin.csv (line 1, column 6 of the query). Save the file as UTF-8',
  ],
  ["FROM 'long.csv'", 'Maximum line size of 2000000 bytes exceeded'],
  ["FROM read_csv('ids.csv', types = {'nope': 'INT'})", 'Columns with names: "nope" do not exist'],
  ["FROM read_csv('ids.csv', nope = 1)", 'Invalid named parameter "nope"'],
  [
    "SELECT user_ids FROM read_csv(['a.csv', 'b.csv'])",
    'Schema mismatch between globbed files; Main file schema: a.csv; Current file: b.csv',
  ],
  [
    "FROM 'fake.csv.gz'",
    '"fake.csv.gz" is not compressed with gzip, whatever its name says. If it is plain text, rename it',
  ],
  ["FROM 'fake.csv.zst'", 'The file is damaged'],
  // JSON.
  ["FROM 'bad.json'", 'Malformed JSON in file "bad.json", at byte '],
  ["FROM 'array.json'", 'Malformed JSON in file "array.json"'],
  ["FROM 'latin.json'", 'invalid UTF-8 encoding in string'],
  ["FROM 'cut.json'", 'unexpected end of data'],
  ["FROM 'twice.json'", 'JSON transform error in file "twice.json"'],
  [
    "FROM read_json('late.json', columns = {user_ids: 'BIGINT'})",
    'in file "late.json", in line 30001: Failed to cast value to numerical: "…"',
  ],
  [
    "SELECT user_ids.nope FROM 'keys.json'",
    'Could not find key "nope" in struct; Candidate Entries: "…"',
  ],
  // Parquet.
  [
    "FROM 'fake.parquet'",
    "No magic bytes found at end of file 'fake.parquet'. The file is damaged",
  ],
  ["FROM 'footer.parquet'", 'The file is damaged'],
  ["FROM 'tiny.parquet'", "File 'tiny.parquet' too small"],
  ["FROM 'cut.parquet'", 'No magic bytes found'],
  ["FROM 'corrupt.parquet'", 'Failed to read file "corrupt.parquet"'],
  [
    "SELECT o FROM read_parquet(['other-1.parquet', 'other-2.parquet'])",
    'schema mismatch in glob: column "o" was read from the original file "other-1.parquet"',
  ],
  // Names.
  [
    "FROM 'lat.csv'",
    'No file in the connection\'s directory matches "lat.csv" (line 1, column 6 of the query). Did you mean "late.csv"',
  ],
  [
    "FROM read_parquet('nope-*.parquet')",
    'No file in the connection\'s directory matches "nope-*.parquet" (line 1, column 6',
  ],
  ['FROM late', 'The query reads from "late"'],
  ["SELECT nope FROM 'ids.csv'", 'Referenced column "nope" not found'],
  ["SELECT nope FROM 'two-names.csv'", 'Candidate bindings: "…"'],
  ["SELECT nope FROM 'keyed.json'", 'Referenced column "nope" not found'],
  ["SELECT nope FROM 'no-header.csv'", 'Candidate bindings: "…"'],
  ["SELECT nope FROM read_csv('no-header.csv', header = false)", 'Candidate bindings: "column0"'],
  ["SELECT user_id FROM 'ids.csv'", 'Candidate bindings: "user_ids"'],
  ["SELECT x.user_ids FROM 'ids.csv' y", 'Referenced table "x" not found!; Candidate tables: "y"'],
  [
    "SELECT nope(user_ids) FROM 'ids.csv'",
    'Scalar Function with name nope does not exist!; Did you mean "now"?',
  ],
  ["SELECT sum(user_ids) FROM 'ids.csv'", "argument types 'sum(VARCHAR)'"],
  ["SELECT user_ids::nope FROM 'ids.csv'", 'Type with name nope does not exist'],
  ["FROM '../outside/late.csv'", 'Permission Error: Cannot access file "../outside/late.csv"'],
  // The statement.
  ['SELEC 1', 'Parser Error: syntax error at or near "SELEC" (line 1, column 1 of the query).'],
  ['SELECT 1\nFROM', 'syntax error at end of input (line 2, column 5 of the query)'],
  ["SELECT 'unterminated", 'unterminated quoted string'],
  ['SELECT $1', 'An export has no parameters'],
  ["SELECT user_ids, count(*) FROM 'ids.csv'", 'must appear in the GROUP BY clause'],
];
