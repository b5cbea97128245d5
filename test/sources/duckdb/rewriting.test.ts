import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fileReads } from '../../../src/sources/duckdb/file-reads.ts';
import type { Node } from '../../../src/sources/duckdb/parse-tree.ts';
import { isRewritten, type Rewriting } from '../../../src/sources/duckdb/rewriting.ts';
import { SplicedText } from '../../../src/sources/duckdb/splices.ts';
import { closingBracket, endOfTable } from '../../../src/sources/duckdb/sql-tokens.ts';

const database = await DuckDBInstance.create(':memory:');
const connection = await database.connect();

async function treesOf(query: string): Promise<Node[]> {
  const read = await connection.runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [query]);
  return (JSON.parse(String(read.value(0, 0))) as { statements: Node[] }).statements;
}

/** Whether the text is `query` with `'x.csv'` read by a call with one more parameter. */
async function isTaken(query: string, text: string): Promise<boolean> {
  const original = await treesOf(query);
  const rewritings = original.flatMap(fileReads).map(({ node, isCall }): Rewriting => {
    const call = { reader: 'read_csv', file: 'x.csv', alias: String(node.alias) || 'x' };
    return { node, splices: [], added: 1, ...(isCall ? {} : { call }) };
  });
  expect(rewritings.length).toBeGreaterThan(0);
  return isRewritten(original, await treesOf(text), rewritings);
}

const READ = "read_csv('x.csv', all_varchar = true)";

test.each([
  ["SELECT a FROM 'x.csv'", `SELECT a FROM ${READ} AS x`],
  ["SELECT a FROM 'x.csv' t(a, b)", `SELECT a FROM ${READ} t(a, b)`],
  ["SELECT a FROM 'x.csv' WHERE b = 1.50", `SELECT   a /* here */ FROM ${READ} x WHERE b=1.50`],
  ["SELECT a FROM read_csv('x.csv') WHERE b", `SELECT a FROM ${READ} WHERE b`],
  ["TABLE 'x.csv'", `FROM ${READ} AS x`],
])('%s may run as %s', async (query, text) => {
  expect(await isTaken(query, text)).toBe(true);
});

test.each([
  ["SELECT a FROM 'x.csv'", `SELECT b FROM ${READ} AS x`],
  ["SELECT a FROM 'x.csv'", `SELECT a FROM ${READ} AS y`],
  ["SELECT a FROM 'x.csv'", `SELECT a FROM ${READ} AS x WHERE true`],
  ["SELECT a FROM 'x.csv'", `SELECT a FROM ${READ} AS x(b)`],
  ["SELECT a FROM 'x.csv'", "SELECT a FROM read_csv('y.csv', all_varchar = true) AS x"],
  ["SELECT a FROM 'x.csv'", "SELECT a FROM read_text('x.csv', all_varchar = true) AS x"],
  ["SELECT a FROM 'x.csv'", "SELECT a FROM other.read_csv('x.csv', all_varchar = true) AS x"],
  ["SELECT a FROM 'x.csv'", `SELECT a FROM ${READ} AS x; SELECT 1`],
  ["SELECT a FROM 'x.csv'", "SELECT a FROM 'x.csv'"],
  ["SELECT a FROM 'x.csv' TABLESAMPLE 10%", `SELECT a FROM ${READ} AS x`],
  ["SELECT a FROM read_csv('x.csv')", `SELECT a FROM ${READ} AS x`],
  ["SELECT a FROM read_csv('x.csv')", "SELECT a FROM read_csv('y.csv', all_varchar = true)"],
  ["SELECT a FROM read_csv('x.csv')", "SELECT a FROM read_text('x.csv', all_varchar = true)"],
  ["SELECT a FROM read_csv('x.csv', delim = ';')", `SELECT a FROM ${READ}`],
  ["SELECT a FROM 'x.csv', 'x.csv' y", `SELECT a FROM ${READ} AS x, 'x.csv' y`],
])('%s may not run as %s', async (query, text) => {
  expect(await isTaken(query, text)).toBe(false);
});

test('places in a spliced text are those of the original', () => {
  const texts = fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(texts, fc.array(fc.string({ unit: 'grapheme' })), (kept, added) => {
      const inserted = kept.map((_, index) => added[index] ?? '');
      const ends = kept.map((_, index) => Buffer.byteLength(kept.slice(0, index + 1).join('')));
      const splices = ends.map((at, index) => ({
        start: at,
        end: at,
        text: inserted[index] ?? '',
      }));
      const spliced = new SplicedText(kept.join(''), splices);
      expect(spliced.text).toBe(kept.map((text, index) => text + inserted[index]).join(''));
      let place = 0;
      for (const [index, text] of kept.entries()) {
        const start = ends[index - 1] ?? 0;
        if (text !== '') expect(spliced.original(place)).toBe(start);
        place += Buffer.byteLength(text);
        if (inserted[index] !== '') expect(spliced.original(place)).toBe(ends[index]);
        place += Buffer.byteLength(inserted[index] ?? '');
      }
    }),
  );
});

test.each([
  ["'a''b' x", 6],
  ['"a""b".c AS x', 8],
  ['a . b.csv x', 9],
  ["e'a\\'b' x", 7],
  ['$$a$$ x', 5],
  ['$t$a$$b$t$ x', 10],
  ['1', 0],
])('the name at the start of %s ends at %i', (sql, end) => {
  expect(endOfTable(sql, 0)).toBe(end);
});

test.each([
  ['f(\'a)\', (1), "b)")', 17],
  ["f('a' -- )\n)", 11],
  ['f(/* ) */ $$)$$)', 15],
  ['f(', null],
])('the bracket of %s closes at %s', (sql, place) => {
  expect(closingBracket(sql, 0)).toBe(place);
});
