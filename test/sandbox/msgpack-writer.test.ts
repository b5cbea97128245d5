import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MsgpackWriter } from '../../sandbox/treasure-data/msgpack-writer.ts';

function written(write: (writer: MsgpackWriter) => void): Buffer {
  const writer = new MsgpackWriter();
  write(writer);
  return writer.take();
}

const read = (bytes: Uint8Array): unknown => decode(bytes, { useBigInt64: true });

test('integers of 64 bits are read as they were written', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }), (value) => {
      expect(BigInt(read(written((writer) => writer.integer(value))) as number)).toBe(value);
    }),
  );
  expect(() => written((writer) => writer.integer(2n ** 64n))).toThrow(RangeError);
  expect(() => written((writer) => writer.integer(-(2n ** 63n) - 1n))).toThrow(RangeError);
});

test('integers at the edges of each form take its bytes and no more', () => {
  const sizes: [bigint, number][] = [
    [127n, 1],
    [128n, 2],
    [255n, 2],
    [256n, 3],
    [65_535n, 3],
    [65_536n, 5],
    [2n ** 32n - 1n, 5],
    [2n ** 32n, 9],
    [-32n, 1],
    [-33n, 2],
    [-128n, 2],
    [-129n, 3],
    [-32_768n, 3],
    [-32_769n, 5],
    [-(2n ** 31n), 5],
    [-(2n ** 31n) - 1n, 9],
  ];
  for (const [value, size] of sizes) {
    const bytes = written((writer) => writer.integer(value));
    expect([value, bytes.length]).toEqual([value, size]);
    expect(BigInt(read(bytes) as number)).toBe(value);
  }
});

test('texts of any length are read as they were written, also beyond the buffer', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (value) => {
      expect(read(written((writer) => writer.text(value)))).toBe(value);
    }),
  );
  for (const length of [31, 32, 255, 256, 65_535, 65_536, 1_000_000]) {
    const value = 'é'.repeat(length);
    expect(read(written((writer) => writer.text(value)))).toBe(value);
  }
});

test('doubles stay doubles, bytes become a text, and arrays and maps have their counts', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const bytes = written((writer) => writer.float64(value));
      expect([bytes.length, read(bytes)]).toEqual([9, value]);
    }),
  );
  const bytes = written((writer) => writer.textBytes(Buffer.from([0xff, 0x61])));
  expect(bytes.toString('hex')).toBe('a2ff61');
  for (const count of [0, 15, 16, 65_535, 65_536]) {
    const list = written((writer) => {
      writer.arrayHeader(count);
      for (let i = 0; i < count; i += 1) writer.nil();
    });
    expect(read(list)).toEqual(new Array(count).fill(null));
  }
  const map = written((writer) => {
    writer.mapHeader(20);
    for (let i = 0; i < 20; i += 1) {
      writer.text(`k${i}`);
      writer.boolean(i % 2 === 0);
    }
  });
  expect(Object.keys(read(map) as object)).toHaveLength(20);
});
