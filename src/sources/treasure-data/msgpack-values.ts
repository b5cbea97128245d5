/*
 * The values of msgpack, where they stand in their bytes.
 * https://github.com/msgpack/msgpack/blob/master/spec.md
 */

/** Bytes that are not what Treasure Data documents: one msgpack array for each row. */
export class DamagedRows extends Error {}

/** Thrown within a scan when the bytes so far end inside a row; one object, as it is not a fault. */
export const INCOMPLETE = new Error('the row is incomplete');
/** Where the value that starts at a place ends. */
export function skip(bytes: Buffer, start: number): number {
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
export const TRUE = 0xc3;

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
export function headAt(bytes: Buffer, start: number): Readonly<typeof head> {
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

export function byteAt(bytes: Buffer, at: number): number {
  if (at >= bytes.length) throw INCOMPLETE;
  return bytes[at] as number;
}

export function lengthAt(bytes: Buffer, at: number, width: number): number {
  if (at + width > bytes.length) throw INCOMPLETE;
  return bytes.readUIntBE(at, width);
}

/** All digits, also beyond what a `number` holds. */
export function integerText(
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
