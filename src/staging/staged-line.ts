import { crc32 } from 'node:zlib';
import type { KindCounts } from '../domain/report.ts';
import type { StagedRequest } from '../domain/staging-port.ts';

/*
 * A staged request is `INDEX USER_IDS DEVICE_IDS ALIASES BYTES PAYLOAD ROWS CHECKSUM` and a newline:
 * its index in the export, the identifiers in it by kind, the payload's length in hex, the payload as it
 * is sent, which may be any text, the rows of the identifiers, and the CRC-32 of all that comes before,
 * in hex. Where rows are not kept, they and their space are missing.
 */
const NEWLINE = 0x0a;
const SPACE = 0x20;
const HEADER = /^(\d+) (\d+) (\d+) (\d+) ([0-9a-f]{8}) $/;
const HEADER_FIELDS = 5;
/** Of a fixed width, as it is known only once the payload is written. */
const LENGTH_DIGITS = 8;
const CHECKSUM_DIGITS = 8;
const HEADER_MAX_BYTES = HEADER_FIELDS * (String(Number.MAX_SAFE_INTEGER).length + 1);
/** A space, the checksum and the newline. */
const TRAILER_BYTES = CHECKSUM_DIGITS + 2;
/** Of UTF-8, for a UTF-16 unit. */
const MAX_BYTES_PER_CHARACTER = 3;

/** Bytes that are enough for the line of a payload. */
export function lineRoom(payload: string, rows: string | null): number {
  const text = payload.length * MAX_BYTES_PER_CHARACTER + (rows === null ? 0 : 1 + rows.length);
  return HEADER_MAX_BYTES + text + TRAILER_BYTES;
}

export interface WrittenLine {
  readonly end: number;
  readonly payloadBytes: number;
  readonly checksum: string;
}

/** Writes a line at `start`, where there is room for it. */
export function writeLine(
  buffer: Buffer,
  start: number,
  index: number,
  { userIds, deviceIds, aliases }: KindCounts,
  payload: string,
  rows: string | null,
): WrittenLine {
  const header = `${index} ${userIds} ${deviceIds} ${aliases} `;
  const lengthStart = start + buffer.write(header, start, 'latin1');
  const payloadStart = lengthStart + LENGTH_DIGITS + 1;
  const payloadBytes = buffer.write(payload, payloadStart);
  buffer.write(`${hex(payloadBytes, LENGTH_DIGITS)} `, lengthStart, 'latin1');
  const payloadEnd = payloadStart + payloadBytes;
  const textEnd = payloadEnd + (rows === null ? 0 : buffer.write(` ${rows}`, payloadEnd, 'latin1'));
  const checksum = checksumOf(buffer.subarray(start, textEnd));
  const end = textEnd + buffer.write(` ${checksum}\n`, textEnd, 'latin1');
  return { end, payloadBytes, checksum };
}

/** The complete lines of a file, without their newlines. */
export function splitLines(content: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let start = 0; ; ) {
    const payloadStart = payloadStartOf(content, start);
    if (payloadStart === null) return lines;
    const length = content.toString('latin1', payloadStart - LENGTH_DIGITS - 1, payloadStart - 1);
    const payloadEnd = payloadStart + Number.parseInt(length, 16);
    const end = content.indexOf(NEWLINE, payloadEnd);
    // Also where the length is not a number.
    if (!(end >= payloadEnd)) return lines;
    lines.push(content.subarray(start, end));
    start = end + 1;
  }
}

/** The checksum that a line ends with, whether or not it is right. */
export function lineChecksum(line: Buffer): string {
  return line.toString('latin1', line.length - CHECKSUM_DIGITS);
}

/** The request in a line, or `null` where the line is damaged or holds another request. */
export function readLine(line: Buffer, index: number): StagedRequest | null {
  const payloadStart = payloadStartOf(line, 0);
  if (payloadStart === null) return null;
  const header = HEADER.exec(line.toString('latin1', 0, payloadStart));
  if (header === null) return null;
  const payloadEnd = payloadStart + Number.parseInt(header[5] as string, 16);
  const textEnd = line.length - TRAILER_BYTES + 1;
  if (textEnd < payloadEnd) return null;
  const trailer = ` ${checksumOf(line.subarray(0, textEnd))}`;
  if (line.toString('latin1', textEnd) !== trailer) return null;
  const [found, userIds, deviceIds, aliases] = header.slice(1).map(Number) as Four;
  if (found !== index) return null;
  return {
    counts: { userIds, deviceIds, aliases },
    payload: line.subarray(payloadStart, payloadEnd),
    rows: textEnd === payloadEnd ? null : line.toString('latin1', payloadEnd + 1, textEnd),
  };
}

function payloadStartOf(content: Buffer, lineStart: number): number | null {
  let payloadStart = lineStart;
  for (let field = 0; field < HEADER_FIELDS; field += 1) {
    payloadStart = content.indexOf(SPACE, payloadStart) + 1;
    if (payloadStart === 0) return null;
  }
  return payloadStart;
}

type Four = [number, number, number, number];

function checksumOf(bytes: Buffer): string {
  return hex(crc32(bytes), CHECKSUM_DIGITS);
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, '0');
}
