import { writeFile } from 'node:fs/promises';
import { type DuckDBConnection, LIST, listValue, VARCHAR } from '@duckdb/node-api';
import fc from 'fast-check';

const digits = (max: number) => fc.stringMatching(new RegExp(`^[0-9]{1,${max}}$`));
const integer = fc
  .tuple(fc.constantFrom('', '', '-'), digits(40))
  .map(([sign, text]) => `${sign}${text.replace(/^0+(?=\d)/, '')}`);
const number = fc.oneof(
  integer,
  fc.tuple(integer, digits(8)).map((parts) => parts.join('.')),
  fc
    .tuple(integer, fc.constantFrom('e', 'E', 'e+', 'e-', '.5e', '.0E+'), digits(3))
    .map((parts) => parts.join('')),
);
const date = fc
  .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
  .map((time) => time.toISOString());
const text = fc.oneof(
  number,
  digits(40).map((value) => `00${value}`),
  number.map((value) => `+${value}`),
  number.map((value) => ` ${value} `),
  date,
  date.map((value) => value.slice(0, 10)),
  date.map((value) => value.slice(11, 19)),
  fc.uuid(),
  fc.uuid().map((value) => value.toUpperCase()),
  fc.constantFrom('true', 'False', 'TRUE', 'yes', 'null', 'NULL', 'N/A', '\\N', 'nan', 'inf', '-'),
  fc.stringMatching(/^0x[0-9a-fA-F]{1,16}$/),
  fc.stringMatching(/^[0-9]{1,3}(_[0-9]{3}){1,3}$/),
  fc.stringMatching(/^[0-9]{1,3}([,.][0-9]{3}){1,3}$/),
  fc.constantFrom("'a'", '"a"', "it's", 'a"b', '""', '"', "'", 'a\\"b', 'a\\', '#1', '# a', '$5'),
  fc.constantFrom('a,b', 'a;b', 'a|b', 'a\tb', 'a\nb', 'a\r\nb', '{"a": 1}', '[1, 2]', '1,5'),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }),
  fc.emailAddress(),
);
// Neither NUL nor a mark at the start is what a text file is expected to hold.
const clean = text.map((value) => value.replaceAll('\0', '').replace(/^\ufeff+/, '') || 'x');

/** One value of a file. */
export interface Written {
  readonly value: string;
  /** Where the format has numbers, it is written as one. */
  readonly isNumber: boolean;
}

const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const asText = (value: string): Written => ({ value, isNumber: false });
const asNumber = (value: string): Written => ({ value, isNumber: JSON_NUMBER.test(value) });
const short = fc.nat(10_000).map(String);
/** What can be taken for a number, and then is another text. */
const nearlyNumber = fc.oneof(
  short.map((value) => asText(`00${value}`)),
  short.map((value) => asText(`+${value}`)),
  short.map((value) => asText(` ${value} `)),
  short.map((value) => asNumber(`${value}.7`)),
  short.map((value) => asNumber(`${value}.0`)),
  short.map((value) => asNumber(`${value}e2`)),
  fc.constantFrom('-0', '1E+10', '99999999999999999999').map(asNumber),
);
const anything = fc.oneof(clean.map(asText), number.map(asNumber));
const quoted = fc.constantFrom('a,b', 'a;b', 'a"b', '""', "'a'", "'b'", '#1', 'a\nb').map(asText);
/** Odd values that a guess of a type or of quotes would not notice, or any. */
const odd = (maxLength: number) =>
  fc.oneof(
    fc.array(nearlyNumber, { maxLength }),
    fc.array(quoted, { maxLength }),
    fc.array(anything, { maxLength }),
  );

/** Values of which the odd ones stand anywhere, before, among or behind many that are alike. */
export function writtenValues(most: number): fc.Arbitrary<Written[]> {
  const count = fc.oneof(fc.constant(0), fc.nat(50), fc.nat(most), {
    arbitrary: fc.integer({ min: Math.floor((most * 3) / 4), max: most }),
    weight: 3,
  });
  const kinds = fc.constantFrom('integer', 'integer', 'integer', 'date', 'uuid', 'text');
  const alike = (counts: fc.Arbitrary<number>) =>
    fc
      .tuple(kinds, counts)
      .map(([kind, rows]) => Array.from({ length: rows }, (_, row) => plainValue(kind, row)));
  return fc
    .tuple(fc.oneof(fc.constant([]), odd(3)), alike(count), odd(30), alike(fc.nat(50)))
    .map((parts) => parts.flat())
    .filter((values) => values.length > 0);
}

function plainValue(kind: string, row: number): Written {
  const hex = row.toString(16).padStart(12, '0');
  const values: Record<string, string> = {
    integer: String(row),
    date: `2026-01-${String((row % 28) + 1).padStart(2, '0')}`,
    uuid: `0123ABCD-4567-89AB-CDEF-${hex}`,
    text: `member-${row}`,
  };
  return { value: values[kind] ?? '', isNumber: kind === 'integer' };
}

export interface Dialect {
  readonly delimiter: string;
  readonly newline: string;
  readonly quotes: 'all' | 'needed';
}

export const dialects: fc.Arbitrary<Dialect> = fc.record({
  delimiter: fc.constantFrom(',', ';', '\t', '|'),
  newline: fc.constantFrom('\n', '\r\n'),
  quotes: fc.constantFrom('all', 'needed'),
});

/** Each of these resolves to what stands in the file then, as text. */
export async function writeCsv(
  path: string,
  values: readonly Written[],
  { delimiter, newline, quotes }: Dialect,
): Promise<string[]> {
  const cell = (value: string) =>
    quotes === 'all' || /[",;\t|\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;
  const rows = values.map(({ value }, row) => `${cell(value)}${delimiter}${cell(`n${row}`)}`);
  await writeFile(path, [`user_ids${delimiter}n`, ...rows, ''].join(newline));
  return values.map(({ value }) => value);
}

export async function writeJson(
  path: string,
  values: readonly Written[],
  isArray: boolean,
): Promise<string[]> {
  const objects = values.map(({ value, isNumber }) => {
    return `{"user_ids": ${isNumber ? value : JSON.stringify(value)}}`;
  });
  await writeFile(path, isArray ? `[${objects.join(',\n')}]` : `${objects.join('\n')}\n`);
  return values.map(({ value }) => value);
}

/** Writes what can be of this type; the rest is NULL. */
export async function writeParquet(
  connection: DuckDBConnection,
  path: string,
  values: readonly Written[],
  type: string,
): Promise<(string | null)[]> {
  const list = { values: listValue(values.map(({ value }) => value)) };
  const types = { values: LIST(VARCHAR) };
  const cast = `SELECT TRY_CAST(v AS ${type}) AS user_ids FROM (SELECT unnest($values) AS v)`;
  await connection.run(`COPY (${cast}) TO '${path}' (FORMAT parquet)`, list, types);
  const read = await connection.runAndReadAll(
    `SELECT CAST(user_ids AS VARCHAR) FROM read_parquet('${path}')`,
  );
  return read.getRows().map(([value]) => value as string | null);
}
