import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { type Cell, InvalidValue, type RowBatch } from '../../../src/domain/rows.ts';
import { columnType } from '../../../src/sources/treasure-data/column-types.ts';
import { RowDecoder } from '../../../src/sources/treasure-data/msgpack-rows.ts';
import { DamagedRows } from '../../../src/sources/treasure-data/msgpack-values.ts';

const columns = (...types: string[]) =>
  types.map((type, at) => columnType(`c${at}`, type, 'trino'));
const encoded = (rows: readonly unknown[]) =>
  Buffer.concat(rows.map((row) => encode(row, { useBigInt64: true })));

/** All rows, from bytes that come in parts of at most `size`. */
function decode(bytes: Buffer, types: readonly string[], size = bytes.length): Cell[][] {
  const decoder = new RowDecoder(columns(...types));
  const rows: Cell[][] = [];
  const take = (batch: RowBatch) => {
    const cells = types.map((_, column) => batch.cells(column));
    for (let row = 0; row < batch.rowCount; row += 1) {
      rows.push(cells.map((column) => column[row] as Cell));
    }
  };
  for (let at = 0; at < bytes.length; at += size) {
    take(decoder.push(bytes.subarray(at, at + size)));
  }
  take(decoder.end());
  return rows;
}

const text = fc.string({ unit: 'grapheme', maxLength: 70 });
const integer = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });

describe('rows of msgpack', () => {
  it('are complete and exact, however the bytes are cut', () => {
    const row = fc.tuple(
      fc.option(text),
      fc.option(integer),
      fc.option(fc.array(fc.option(text), { maxLength: 20 })),
    );
    fc.assert(
      fc.property(
        fc.array(row, { maxLength: 40 }),
        fc.integer({ min: 1, max: 50 }),
        (rows, size) => {
          const types = ['varchar', 'bigint', 'array(varchar)'];
          expect(decode(encoded(rows), types, size)).toEqual(
            rows.map(([a, b, c]) => [a, b === null ? null : String(b), c]),
          );
        },
      ),
    );
  });

  it('of many identifiers in one array take work in proportion to their bytes', () => {
    const many = Array.from({ length: 200_000 }, (_, at) => `user-${at}`);
    const bytes = encoded([[many], [['last']]]);
    const joined = vi.spyOn(Buffer, 'concat');
    onTestFinished(() => joined.mockRestore());
    expect(decode(bytes, ['array(varchar)'], 4_096)).toEqual([[many], [['last']]]);
    // What is joined is looked at. Looked at anew with each part, it would be 300 times the bytes.
    const lookedAt = joined.mock.results.reduce((sum, { value }) => sum + value.length, 0);
    expect(lookedAt).toBeLessThan(4 * bytes.length);
  });

  it('have numbers of any width as their exact digits', () => {
    const numbers = [
      0, 127, 128, 255, 256, 65_535, 65_536, 4_294_967_295, -1, -32, -33, -128, -129,
    ];
    const wide = [2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n), 2n ** 64n - 1n, -32_769n];
    const all = [...numbers, ...wide];
    expect(decode(encoded(all.map((number) => [number])), ['bigint']).flat()).toEqual(
      all.map(String),
    );
  });

  it.each([
    ['a lone continuation', [0x61, 0x80]],
    ['a byte that is never used', [0x61, 0xff, 0x62]],
    ['an overlong letter', [0xc1, 0x81]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a cut character', [0x61, 0xe2, 0x82]],
    ['a character that is cut by letters', [0xe2, 0x61, 0x62]],
  ])('detect invalid UTF-8: %s', (_, bytes) => {
    const raw = Buffer.from([0x91, 0xa0 | bytes.length, ...bytes]);
    const [[cell] = []] = decode(raw, ['varchar']);
    expect(cell).toBeInstanceOf(InvalidValue);
    expect((cell as InvalidValue).reason).toBe('is not valid UTF-8');
  });

  it('keep a replacement character and a byte order mark that somebody wrote', () => {
    expect(decode(encoded([['a\uFFFDb'], ['\uFEFFa']]), ['varchar'])).toEqual([
      ['a\uFFFDb'],
      ['\uFEFFa'],
    ]);
  });

  it('have values of other kinds as invalid ones, with the fix', () => {
    const row = [1.5, true, { a: 1 }, '2020-01-01 00:00:00', [1.5], new Uint8Array([1]), 7];
    const types = ['varchar', 'varchar', 'map(varchar,bigint)', 'timestamp(3)'];
    const [cells = []] = decode(encoded([row]), [...types, 'array(double)', 'varchar', 'DOUBLE']);
    expect(cells.flat().map((cell) => (cell as InvalidValue).reason)).toEqual([
      `is of type float; ${whole('c0')}`,
      'is of type boolean; make it text with CAST(c1 AS VARCHAR)',
      "is of type map; take one of its values, such as c2['id']",
      'is of type timestamp(3); make it text with CAST(c3 AS VARCHAR)',
      `is an array of double; ${whole('x')
        .replace('CASE', 'transform(c4, x -> CASE')
        .replace('END', 'END)')}`,
      'is of type bytes; make it text with CAST(c5 AS VARCHAR)',
      `is of type DOUBLE; ${whole('c6')}`,
    ]);
  });

  it('of arrays in arrays say how to flatten them', () => {
    const [[cell] = []] = decode(encoded([[[['a']]]]), ['array(array(varchar))']);
    expect((cell as InvalidValue[])[0]?.reason).toBe(
      'is an array of arrays; make it one array with flatten(c0)',
    );
  });

  it('without the end of the last one are an error, wherever it was cut', () => {
    const bytes = encoded([
      ['user-1', 1n],
      ['user-2', 2n ** 40n],
    ]);
    const whole = encoded([['user-1', 1n]]).length;
    for (let length = whole + 1; length < bytes.length; length += 1) {
      const cut = bytes.subarray(0, length);
      expect(() => decode(cut, ['varchar', 'bigint'])).toThrow('the last row, row 2, is truncated');
    }
    expect(decode(bytes.subarray(0, whole), ['varchar', 'bigint'])).toHaveLength(1);
  });

  it.each([
    ['another number of cells', [['a'], ['a', 'b']], 'row 2 has 2 cells for 1 columns'],
    ['no array', [['a'], 'b'], 'row 2 is not an array'],
  ])('are damaged by %s', (_, rows, message) => {
    expect(() => decode(encoded(rows), ['varchar'])).toThrow(new DamagedRows(message));
  });

  it.each([
    ['fixed', [0xd4, 0x01, 0x02]],
    ['fixed, long', [0xd8, 0x01, ...new Array(16).fill(0xc1)]],
    ['of a length', [0xc7, 0x03, 0x01, 0xc1, 0xc1, 0xc1]],
    ['of a long length', [0xc9, 0x00, 0x00, 0x00, 0x01, 0x01, 0xc1]],
  ])('with an extension type, which Treasure Data does not document, are read: %s', (_, value) => {
    const row = Buffer.from([0x92, ...value, 0xa1, 0x61]);
    const [[unknown, text] = []] = decode(row, ['unknown', 'varchar']);
    expect((unknown as InvalidValue).reason).toContain('is of type extension');
    expect(text).toBe('a');
  });

  it('are damaged by a byte that msgpack never uses', () => {
    expect(() => decode(Buffer.from([0x91, 0xc1]), ['varchar'])).toThrow(
      'row 1 has a value of the unknown type 0xc1',
    );
  });

  it('are damaged by a length that no value has, before all that follows is kept', () => {
    const decoder = new RowDecoder(columns('varchar'));
    decoder.push(Buffer.from([0x91, 0xdb, 0xff, 0xff, 0xff, 0xff]));
    const more = Buffer.alloc(64 * 1024 * 1024);
    const feed = () => {
      for (let part = 0; part < 5; part += 1) decoder.push(more);
    };
    expect(feed).toThrow(new DamagedRows('row 1 is longer than 268435456 bytes'));
  });
});

function whole(value: string): string {
  return `turn whole numbers into integers with CASE WHEN ${value} = floor(${value}) AND abs(${value}) <= 9007199254740991 THEN CAST(${value} AS BIGINT) END, which is NULL for all others`;
}
