import { isUtf8 } from 'node:buffer';
import { type Cell, type CellValue, InvalidValue, type RowBatch } from '../../domain/rows.ts';
import type { ColumnType } from './column-types.ts';

/** Bytes that are not what Treasure Data documents: one msgpack array for each row. */
export class DamagedRows extends Error {}

/** Thrown within a scan when the bytes so far end inside a row; one object, as it is not a fault. */
const INCOMPLETE = new Error('the row is incomplete');
/** A damaged length would make all that follows a part of one row. */
const LONGEST_ROW_BYTES = 256 * 1024 * 1024;
const NO_BYTES = Buffer.alloc(0);
const NOT_UTF8 = 'is not valid UTF-8';

/**
 * Cuts a stream of msgpack rows into batches. A decoder of our own, because of what libraries do here:
 * they replace or mangle invalid UTF-8, and silently drop a truncated last row.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
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

/** Where the value that starts at a place ends. */
function skip(bytes: Buffer, start: number): number {
  const { form, length, at } = headAt(bytes, start);
  let end = at;
  switch (form) {
    case 'array':
    case 'map':
      for (let item = 0; item < (form === 'map' ? 2 * length : length); item += 1) {
        end = skip(bytes, end);
      }
      return end;
    default:
      end += length;
      if (end > bytes.length) throw INCOMPLETE;
      return end;
  }
}

const FALSE = 0xc2;
const TRUE = 0xc3;

type Form =
  | 'nil'
  | 'boolean'
  | 'unsigned'
  | 'signed'
  | 'float'
  | 'text'
  | 'bytes'
  | 'extension'
  | 'array'
  | 'map';

/** Reused for every value, as there are hundreds of millions of them. */
const head: { form: Form; length: number; at: number } = { form: 'nil', length: 0, at: 0 };

/** What a value is, how many bytes (or items) follow its head, and where they start. */
function headAt(bytes: Buffer, start: number): Readonly<typeof head> {
  const first = byteAt(bytes, start);
  if (first >= 0xa0 && first <= 0xbf) return set('text', first & 0x1f, start + 1);
  if (first <= 0x7f) return set('unsigned', 1, start);
  if (first >= 0xe0) return set('signed', 1, start);
  if (first <= 0x8f) return set('map', first & 0x0f, start + 1);
  if (first <= 0x9f) return set('array', first & 0x0f, start + 1);
  switch (first) {
    case 0xc0:
      return set('nil', 0, start + 1);
    case FALSE:
    case TRUE:
      return set('boolean', 0, start + 1);
    case 0xc4:
    case 0xc5:
    case 0xc6:
      return sized('bytes', bytes, start, 1 << (first - 0xc4));
    case 0xc7:
    case 0xc8:
    case 0xc9:
      return extension(sized('extension', bytes, start, 1 << (first - 0xc7)));
    case 0xca:
    case 0xcb:
      return set('float', 4 << (first - 0xca), start + 1);
    case 0xcc:
    case 0xcd:
    case 0xce:
    case 0xcf:
      return set('unsigned', 1 << (first - 0xcc), start + 1);
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return set('signed', 1 << (first - 0xd0), start + 1);
    case 0xd4:
    case 0xd5:
    case 0xd6:
    case 0xd7:
    case 0xd8:
      return extension(set('extension', 1 << (first - 0xd4), start + 1));
    case 0xd9:
    case 0xda:
    case 0xdb:
      return sized('text', bytes, start, 1 << (first - 0xd9));
    case 0xdc:
    case 0xdd:
      return sized('array', bytes, start, 2 << (first - 0xdc));
    case 0xde:
    case 0xdf:
      return sized('map', bytes, start, 2 << (first - 0xde));
    default:
      throw new DamagedRows(`has a value of the unknown type 0x${first.toString(16)}`);
  }
}

function set(form: Form, length: number, at: number): typeof head {
  head.form = form;
  head.length = length;
  head.at = at;
  return head;
}

/** Its data come after a byte with the number of its type. */
function extension(value: typeof head): typeof head {
  return set(value.form, value.length, value.at + 1);
}

/** A value whose length stands in the `width` bytes after its first one. */
function sized(form: Form, bytes: Buffer, start: number, width: number): typeof head {
  return set(form, lengthAt(bytes, start + 1, width), start + 1 + width);
}

function byteAt(bytes: Buffer, at: number): number {
  if (at >= bytes.length) throw INCOMPLETE;
  return bytes[at] as number;
}

function lengthAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw INCOMPLETE;
  return bytes.readUIntBE(at, width);
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

/** All digits, also beyond what a `number` holds. */
function integerText(
  bytes: Buffer,
  form: 'unsigned' | 'signed',
  width: number,
  at: number,
): string {
  if (width === 8) {
    return String(form === 'signed' ? bytes.readBigInt64BE(at) : bytes.readBigUInt64BE(at));
  }
  return String(form === 'signed' ? bytes.readIntBE(at, width) : bytes.readUIntBE(at, width));
}
