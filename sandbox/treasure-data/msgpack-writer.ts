const PIECE_BYTES = 256 * 1024;
const HEADER_BYTES = 9;
/** UTF-8 needs at most three bytes for a UTF-16 code unit. */
const MAX_BYTES_PER_UNIT = 3;

/**
 * Writes msgpack (https://github.com/msgpack/msgpack/blob/master/spec.md). Libraries choose a type
 * by the value: they write 5.0 as an integer and bytes never as a string, which results need.
 */
export class MsgpackWriter {
  #buffer = Buffer.allocUnsafe(PIECE_BYTES);
  #size = 0;

  /** Bytes written since the last `take`. */
  get size(): number {
    return this.#size;
  }

  /** What was written since the last call; the buffer is the caller's. */
  take(): Buffer {
    const taken = this.#buffer.subarray(0, this.#size);
    this.#buffer = Buffer.allocUnsafe(PIECE_BYTES);
    this.#size = 0;
    return taken;
  }

  nil(): void {
    this.#byte(0xc0);
  }

  boolean(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }

  /** The shortest form. @throws RangeError beyond -2^63 … 2^64 - 1 */
  integer(value: number | bigint): void {
    const small = Number(value);
    if (!Number.isSafeInteger(small)) this.#wideInteger(BigInt(value));
    else if (small >= 0) this.#unsigned(small);
    else this.#negative(small);
  }

  float32(value: number): void {
    this.#reserve(HEADER_BYTES);
    this.#buffer[this.#size] = 0xca;
    this.#size = this.#buffer.writeFloatBE(value, this.#size + 1);
  }

  float64(value: number): void {
    this.#reserve(HEADER_BYTES);
    this.#buffer[this.#size] = 0xcb;
    this.#size = this.#buffer.writeDoubleBE(value, this.#size + 1);
  }

  text(value: string): void {
    this.#reserve(value.length * MAX_BYTES_PER_UNIT + HEADER_BYTES);
    this.#textHeader(Buffer.byteLength(value));
    this.#size += this.#buffer.write(value, this.#size);
  }

  /** A string of these bytes, whether they are UTF-8 or not. */
  textBytes(bytes: Uint8Array): void {
    this.#reserve(bytes.length + HEADER_BYTES);
    this.#textHeader(bytes.length);
    this.#buffer.set(bytes, this.#size);
    this.#size += bytes.length;
  }

  /** `count` values have to follow. */
  arrayHeader(count: number): void {
    this.#header(count, 0x90, 0xdc);
  }

  /** `count` pairs of key and value have to follow. */
  mapHeader(count: number): void {
    this.#header(count, 0x80, 0xde);
  }

  #unsigned(value: number): void {
    if (value < 0x80) this.#byte(value);
    else if (value < 0x100) this.#sized(0xcc, value, 1);
    else if (value < 0x1_0000) this.#sized(0xcd, value, 2);
    else if (value < 0x1_0000_0000) this.#sized(0xce, value, 4);
    else this.#wideInteger(BigInt(value));
  }

  #negative(value: number): void {
    if (value >= -0x20) this.#byte(value & 0xff);
    else if (value >= -0x80) this.#sized(0xd0, value & 0xff, 1);
    else if (value >= -0x8000) this.#sized(0xd1, value & 0xffff, 2);
    else if (value >= -0x8000_0000) this.#sized(0xd2, value >>> 0, 4);
    else this.#wideInteger(BigInt(value));
  }

  #wideInteger(value: bigint): void {
    this.#reserve(HEADER_BYTES);
    const at = this.#size + 1;
    const end =
      value < 0n
        ? this.#buffer.writeBigInt64BE(value, at)
        : this.#buffer.writeBigUInt64BE(value, at);
    this.#buffer[this.#size] = value < 0n ? 0xd3 : 0xcf;
    this.#size = end;
  }

  #textHeader(length: number): void {
    if (length < 0x20) this.#byte(0xa0 | length);
    else if (length < 0x100) this.#sized(0xd9, length, 1);
    else if (length < 0x1_0000) this.#sized(0xda, length, 2);
    else this.#sized(0xdb, length, 4);
  }

  #header(count: number, short: number, long: number): void {
    if (count < 0x10) this.#byte(short | count);
    else if (count < 0x1_0000) this.#sized(long, count, 2);
    else this.#sized(long + 1, count, 4);
  }

  #sized(type: number, value: number, bytes: number): void {
    this.#reserve(HEADER_BYTES);
    this.#buffer[this.#size] = type;
    this.#size = this.#buffer.writeUIntBE(value, this.#size + 1, bytes);
  }

  #byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#size] = value;
    this.#size += 1;
  }

  #reserve(bytes: number): void {
    const needed = this.#size + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#size);
    this.#buffer = larger;
  }
}
