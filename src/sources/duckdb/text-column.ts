import { isAscii } from 'node:buffer';
import duckdb from '@duckdb/node-bindings';

/** DuckDB's `duckdb_string_t`: a length, then up to 12 bytes of text, or a prefix and a pointer. */
const STRING_BYTES = 16;
const STRING_WORDS = STRING_BYTES / 4;
const INLINE_BYTES = 12;
const INLINE_AT = 4;
const POINTER_AT = 8;
const NOT_ASCII = 0x80808080;

/**
 * The strings of a VARCHAR vector. Unlike `getColumnValues` it keeps a leading U+FEFF, and it is up
 * to thirty times as fast: strings that lie next to each other in memory are read and decoded as one.
 */
export function textColumn(vector: duckdb.Vector, rowCount: number): (string | null)[] {
  const data = duckdb.vector_get_data(vector, rowCount * STRING_BYTES);
  const words = new Int32Array(data.buffer, data.byteOffset, rowCount * STRING_WORDS);
  const pointers = new BigUint64Array(data.buffer, data.byteOffset, rowCount * 2);
  const bytes = Buffer.from(data.buffer, data.byteOffset, rowCount * STRING_BYTES);
  const latin1 = bytes.toString('latin1');
  const isNull = nullTest(vector, rowCount);
  const cells = new Array<string | null>(rowCount).fill(null);
  const long: number[] = [];
  for (let row = 0; row < rowCount; row++) {
    if (isNull(row)) continue;
    const word = row * STRING_WORDS;
    const length = lengthAt(words, row);
    if (length > INLINE_BYTES) {
      long.push(row);
      continue;
    }
    const start = row * STRING_BYTES + INLINE_AT;
    const all = at(words, word + 1) | at(words, word + 2) | at(words, word + 3);
    cells[row] =
      (all & NOT_ASCII) === 0
        ? latin1.substring(start, start + length)
        : bytes.toString('utf8', start, start + length);
  }
  for (let first = 0; first < long.length; ) {
    const end = endOfRun(long, first, words, pointers);
    readRun(long, first, end, data, words, cells);
    first = end;
  }
  return cells;
}

/** A test of a vector's validity mask, by row. */
export function nullTest(vector: duckdb.Vector, rowCount: number): (row: number) => boolean {
  const mask: Uint8Array | null = duckdb.vector_get_validity(vector, Math.ceil(rowCount / 64) * 8);
  return mask === null ? () => false : (row) => (at(mask, row >> 3) & (1 << (row & 7))) === 0;
}

/** Only strings without a gap between them are a run: every byte of it is then known to be theirs. */
function endOfRun(
  long: readonly number[],
  first: number,
  words: Int32Array,
  pointers: BigUint64Array,
): number {
  let end = first;
  let next: bigint;
  do {
    const row = at(long, end);
    next = (pointers[row * 2 + 1] ?? 0n) + BigInt(lengthAt(words, row));
    end++;
  } while (end < long.length && pointers[at(long, end) * 2 + 1] === next);
  return end;
}

function readRun(
  long: readonly number[],
  first: number,
  end: number,
  data: Uint8Array,
  words: Int32Array,
  cells: (string | null)[],
): void {
  let length = 0;
  for (let index = first; index < end; index++) length += lengthAt(words, at(long, index));
  const pointerAt = data.byteOffset + at(long, first) * STRING_BYTES + POINTER_AT;
  const run = duckdb.get_data_from_pointer(data.buffer as ArrayBuffer, pointerAt, length);
  const bytes = Buffer.from(run.buffer, run.byteOffset, length);
  const ascii = isAscii(bytes) ? bytes.toString('latin1') : null;
  let start = 0;
  for (let index = first; index < end; index++) {
    const row = at(long, index);
    const stop = start + lengthAt(words, row);
    cells[row] =
      ascii === null ? bytes.toString('utf8', start, stop) : ascii.substring(start, stop);
    start = stop;
  }
}

function lengthAt(words: Int32Array, row: number): number {
  return at(words, row * STRING_WORDS) >>> 0;
}

function at(numbers: ArrayLike<number>, index: number): number {
  return numbers[index] ?? 0;
}
