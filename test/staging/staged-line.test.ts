import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { KindCounts } from '../../src/domain/report.ts';
import { lineRoom, readLine, splitLines, writeLine } from '../../src/staging/staged-line.ts';

const counts = fc.record({ userIds: fc.nat(), deviceIds: fc.nat(), aliases: fc.nat() });
const payload = fc.string({ unit: 'binary', maxLength: 60 }).map((text) => `${text}\n${text}`);

const rows = fc.option(fc.stringMatching(/^[0-9,-]{1,20}$/));

function lineOf(index: number, of: KindCounts, text: string, ofRows: string | null = null): Buffer {
  const buffer = Buffer.alloc(lineRoom(text, ofRows));
  const { end, payloadBytes } = writeLine(buffer, 0, index, of, text, ofRows);
  expect(payloadBytes).toBe(Buffer.byteLength(text));
  return buffer.subarray(0, end);
}

describe('a staged line', () => {
  it('is read as it was written, and has enough room', () => {
    const request = fc.tuple(fc.nat(Number.MAX_SAFE_INTEGER), counts, payload, rows);
    fc.assert(
      fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
        const file = Buffer.concat(requests.map((request) => lineOf(...request)));
        const read = splitLines(file).map((line, at) => readLine(line, requests[at]?.[0] ?? -1));
        expect(
          read.map((found) => [
            found?.counts,
            Buffer.from(found?.payload ?? []).toString(),
            found?.rows,
          ]),
        ).toEqual(requests.map(([, of, text, ofRows]) => [of, text, ofRows]));
      }),
    );
  });

  it('is rejected where any byte is different or missing', () => {
    const three = { userIds: 2, deviceIds: 0, aliases: 1 };
    const line = lineOf(12, three, '[{"user_ids":["a","é"]}]', '4-6');
    const whole = line.subarray(0, -1);
    expect(readLine(whole, 12)).not.toBeNull();
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
        const damaged = Buffer.from(whole);
        damaged[at] = (damaged[at] as number) ^ change;
        expect(readLine(damaged, 12)).toBeNull();
        expect(readLine(whole.subarray(0, at), 12)).toBeNull();
        expect(readLine(whole.subarray(at + 1), 12)).toBeNull();
      }),
    );
  });

  it('is rejected as another request', () => {
    const line = lineOf(12, { userIds: 1, deviceIds: 0, aliases: 0 }, '[]').subarray(0, -1);
    expect(readLine(line, 12)?.payload.toString()).toBe('[]');
    expect(readLine(line, 13)).toBeNull();
  });

  it('is complete only with its newline', () => {
    const line = lineOf(0, { userIds: 1, deviceIds: 0, aliases: 0 }, '[]');
    expect(splitLines(line)).toHaveLength(1);
    expect(splitLines(line.subarray(0, -1))).toHaveLength(0);
  });
});
