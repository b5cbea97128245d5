import { crc32 } from 'node:zlib';
import type { KindCounts } from '../domain/report.ts';
import type { StagedRequest } from '../domain/staging-port.ts';

/*
 * A staged request is a line `INDEX USER_IDS DEVICE_IDS ALIASES PAYLOAD CHECKSUM`: its index in the
 * export, the identifiers in it by kind, the payload as it is sent, and the CRC-32 of all that comes
 * before, in hex. A payload holds no newline, so each newline ends a line.
 */
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HEADER = /^(\d+) (\d+) (\d+) (\d+) $/;
const HEADER_FIELDS = 4;
const CHECKSUM_DIGITS = 8;
const HEADER_MAX_BYTES = HEADER_FIELDS * (String(Number.MAX_SAFE_INTEGER).length + 1);
/** A space, the checksum and the newline. */
const TRAILER_BYTES = CHECKSUM_DIGITS + 2;
/** Of UTF-8, for a UTF-16 unit. */
const MAX_BYTES_PER_CHARACTER = 3;

/** Bytes that are enough for the line of a payload. */
export function lineRoom(payload: string): number {
  return HEADER_MAX_BYTES + payload.length * MAX_BYTES_PER_CHARACTER + TRAILER_BYTES;
}

/** Writes a line at `start`, where there is room for it. */
export function writeLine(
  buffer: Buffer,
  start: number,
  index: number,
  { userIds, deviceIds, aliases }: KindCounts,
  payload: string,
): { readonly end: number; readonly payloadBytes: number } {
  const header = `${index} ${userIds} ${deviceIds} ${aliases} `;
  const payloadStart = start + buffer.write(header, start, 'latin1');
  const payloadBytes = buffer.write(payload, payloadStart);
  const payloadEnd = payloadStart + payloadBytes;
  const trailer = ` ${checksumOf(buffer.subarray(start, payloadEnd))}\n`;
  return { end: payloadEnd + buffer.write(trailer, payloadEnd, 'latin1'), payloadBytes };
}

/** The complete lines of a file, without their newlines. */
export function splitLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = content.indexOf(NEWLINE); end !== -1; end = content.indexOf(NEWLINE, start)) {
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** The request in a line, or `null` where the line is damaged or holds another request. */
export function readLine(line: Buffer, index: number): StagedRequest | null {
  let payloadStart = 0;
  for (let field = 0; field < HEADER_FIELDS; field += 1) {
    payloadStart = line.indexOf(SPACE, payloadStart) + 1;
    if (payloadStart === 0) return null;
  }
  const header = HEADER.exec(line.toString('latin1', 0, payloadStart));
  const payloadEnd = line.length - TRAILER_BYTES + 1;
  if (header === null || payloadEnd < payloadStart) return null;
  const trailer = ` ${checksumOf(line.subarray(0, payloadEnd))}`;
  if (line.toString('latin1', payloadEnd) !== trailer) return null;
  const [found, userIds, deviceIds, aliases] = header.slice(1).map(Number) as Four;
  if (found !== index) return null;
  return {
    counts: { userIds, deviceIds, aliases },
    payload: line.subarray(payloadStart, payloadEnd),
  };
}

type Four = [number, number, number, number];

function checksumOf(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(CHECKSUM_DIGITS, '0');
}
