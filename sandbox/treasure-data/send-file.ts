import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { BodyFault } from '../fault-order.ts';
import { type Body, type Head, sendBody, sendFaultyBody } from '../faulty-body.ts';
import type { ResultFile } from './job-result.ts';

/** The bytes from `start` to before `end`; `null` is all of them, `beyond` none that there are. */
type Part = { readonly start: number; readonly end: number } | null | 'beyond';

interface FileHead extends Head {
  readonly start: number;
  readonly end: number;
}

/** The response to a request for a file: 200, 206 for a range, or 416 for one beyond its end. */
export function headFor(request: IncomingMessage, file: ResultFile): FileHead {
  const { size, etag, contentType } = file;
  const isCurrent = (request.headers['if-range'] ?? etag) === etag;
  const part = isCurrent ? parseRange(request.headers.range, size) : null;
  const headers = { etag, 'accept-ranges': 'bytes' };
  if (part === 'beyond') {
    const beyond = { ...headers, 'content-range': `bytes */${size}` };
    return { status: 416, start: 0, end: 0, headers: beyond };
  }
  const { start, end } = part ?? { start: 0, end: size };
  const whole = { ...headers, 'content-type': contentType };
  if (part === null) return { status: 200, start, end, headers: whole };
  const partial = { ...whole, 'content-range': `bytes ${start}-${end - 1}/${size}` };
  return { status: 206, start, end, headers: partial };
}

/** Sends a file's part. */
export async function sendFile(
  response: ServerResponse,
  path: string,
  head: FileHead,
  fault: BodyFault | null,
): Promise<void> {
  const body: Body = {
    bytes: head.end - head.start,
    read: (start, end) =>
      createReadStream(path, { start: head.start + start, end: head.start + end - 1 }),
  };
  if (fault === null) await sendBody(response, head, body);
  else await sendFaultyBody(response, head, body, fault);
}

/** One range; forms that are not known, and several ranges, are answered with the whole. */
function parseRange(range: string | undefined, size: number): Part {
  const match = /^bytes=(?<from>\d{1,15})-(?<to>\d{1,15})?$/.exec(range ?? '');
  if (match === null) return null;
  const start = Number(match.groups?.from);
  const last = Number(match.groups?.to ?? size - 1);
  if (start >= size) return 'beyond';
  return last < start ? null : { start, end: Math.min(last + 1, size) };
}
