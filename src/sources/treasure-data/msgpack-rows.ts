import { isUtf8 } from 'node:buffer';
import { type Cell, type CellValue, InvalidValue, type RowBatch } from '../../domain/rows.ts';
import type { ColumnType } from './column-types.ts';
import {
  byteAt,
  DamagedRows,
  headAt,
  INCOMPLETE,
  integerText,
  lengthAt,
  skip,
  TRUE,
} from './msgpack-values.ts';

/** A damaged length would make all that follows a part of one row. */
const LONGEST_ROW_BYTES = 256 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);
const NOT_UTF8 = 'is not valid UTF-8';

/**
 * Cuts a stream of msgpack rows into batches. A decoder of our own, because of what libraries do here:
 * they replace or mangle invalid UTF-8, and silently drop a truncated last row.
 */
export class RowDecoder {
  readonly #columns: readonly ColumnType[];
  /** What is left over, in the parts in which it came. */
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** An incomplete row is scanned again when it has doubled: else each part costs all before it. */
  #lookAgainAt = 0;
  #rowsBefore = 0;

  constructor(columns: readonly ColumnType[]) {
    this.#columns = columns;
  }

  /** The rows that these bytes complete; what is left over waits for the next ones. */
  push(bytes: Buffer): RowBatch {
    this.#hold(bytes);
    if (this.#heldBytes > LONGEST_ROW_BYTES) {
      throw new DamagedRows(
        `row ${this.#rowsBefore + 1} is longer than ${LONGEST_ROW_BYTES} bytes`,
      );
    }
    return this.#heldBytes < this.#lookAgainAt ? this.#batch(NO_BYTES, 0, []) : this.#decode();
  }

  /** The rows that `push` had yet to look at. @throws DamagedRows where the bytes end inside a row */
  end(): RowBatch {
    const rest = this.#decode();
    if (this.#heldBytes === 0) return rest;
    throw new DamagedRows(`the last row, row ${this.#rowsBefore + 1}, is truncated`);
  }

  #decode(): RowBatch {
    const [first = NO_BYTES, ...more] = this.#held;
    const all = more.length === 0 ? first : Buffer.concat(this.#held);
    const starts: number[] = [];
    let end = 0;
    let rows = 0;
    try {
      for (; end < all.length; rows += 1) end = scanRow(all, end, this.#columns.length, starts);
    } catch (error) {
      if (error instanceof DamagedRows) {
        throw new DamagedRows(`row ${this.#rowsBefore + rows + 1} ${error.message}`);
      }
      if (error !== INCOMPLETE) throw error;
      starts.length = rows * this.#columns.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    // A copy: the rest of a large buffer should not stay for the sake of one row.
    if (end < all.length) this.#hold(Buffer.from(all.subarray(end)));
    this.#lookAgainAt = rows === 0 ? 2 * this.#heldBytes : 0;
    this.#rowsBefore += rows;
    return this.#batch(all.subarray(0, end), rows, starts);
  }

  #hold(bytes: Buffer): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #batch(bytes: Buffer, rows: number, starts: readonly number[]): RowBatch {
    return new MsgpackBatch(bytes, rows, starts, this.#columns);
  }
}

/** Notes where each cell of a row starts; returns where the row ends. */
function scanRow(bytes: Buffer, start: number, columns: number, starts: number[]): number {
  const head = byteAt(bytes, start);
  let at: number;
  let cells: number;
  if ((head & 0xf0) === 0x90) [cells, at] = [head & 0x0f, start + 1];
  else if (head === 0xdc) [cells, at] = [lengthAt(bytes, start + 1, 2), start + 3];
  else if (head === 0xdd) [cells, at] = [lengthAt(bytes, start + 1, 4), start + 5];
  else throw new DamagedRows('is not an array');
  if (cells !== columns) {
    throw new DamagedRows(`has ${cells} cells for ${columns} columns`);
  }
  for (let cell = 0; cell < cells; cell += 1) {
    starts.push(at);
    at = skip(bytes, at);
  }
  return at;
}

/** Whole rows; cells are only decoded for the columns that are asked for. */
class MsgpackBatch implements RowBatch {
  readonly rowCount: number;
  readonly #bytes: Buffer;
  readonly #starts: readonly number[];
  readonly #columns: readonly ColumnType[];
  #latin1: string | null = null;

  constructor(
    bytes: Buffer,
    rowCount: number,
    starts: readonly number[],
    columns: readonly ColumnType[],
  ) {
    this.#bytes = bytes;
    this.rowCount = rowCount;
    this.#starts = starts;
    this.#columns = columns;
  }

  cells(columnIndex: number): readonly Cell[] {
    const type = this.#columns[columnIndex];
    if (type === undefined) throw new RangeError(`No column ${columnIndex}`);
    // One string for all: its parts cost less than decoding each by itself.
    this.#latin1 ??= this.#bytes.toString('latin1');
    const cells: Cell[] = [];
    const { length: columns } = this.#columns;
    for (let at = columnIndex; at < this.#starts.length; at += columns) {
      cells.push(this.#cell(this.#starts[at] as number, type));
    }
    return cells;
  }

  #cell(start: number, type: ColumnType): Cell {
    const { form, length, at } = headAt(this.#bytes, start);
    if (form !== 'array') return this.#value(start, type.unfit, type.unfitCell);
    const items: CellValue[] = [];
    let next = at;
    for (let item = 0; item < length; item += 1) {
      items.push(this.#value(next, type.unfit, type.unfitItem));
      next = skip(this.#bytes, next);
    }
    return items;
  }

  /** `isUnfit`: no value of the column's type is an identifier. `why` tells for a kind of value. */
  #value(start: number, isUnfit: boolean, why: ColumnType['unfitCell']): CellValue {
    const { form, length, at } = headAt(this.#bytes, start);
    switch (form) {
      case 'nil':
        return null;
      case 'text':
        return isUnfit
          ? new InvalidValue(why(null), this.#bytes.toString('utf8', at, at + length))
          : this.#text(at, at + length);
      case 'unsigned':
      case 'signed': {
        const digits = integerText(this.#bytes, form, length, at);
        return isUnfit ? new InvalidValue(why(null), digits) : digits;
      }
      case 'float': {
        const number = length === 4 ? this.#bytes.readFloatBE(at) : this.#bytes.readDoubleBE(at);
        return new InvalidValue(why(isUnfit ? null : form), String(number));
      }
      case 'boolean': {
        const isTrue = this.#bytes[start] === TRUE;
        return new InvalidValue(why(isUnfit ? null : form), String(isTrue));
      }
      default:
        return new InvalidValue(why(isUnfit ? null : form), '');
    }
  }

  #text(start: number, end: number): CellValue {
    for (let at = start; at < end; at += 1) {
      if ((this.#bytes[at] as number) < 0x80) continue;
      const text = this.#bytes.toString('utf8', start, end);
      return isUtf8(this.#bytes.subarray(start, end)) ? text : new InvalidValue(NOT_UTF8, text);
    }
    return (this.#latin1 as string).substring(start, end);
  }
}
