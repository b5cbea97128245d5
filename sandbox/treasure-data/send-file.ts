import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { ResultFile } from './job-result.ts';

/** The bytes from `start` to before `end`; `null` is all of them, `beyond` none that there are. */
type Part = { readonly start: number; readonly end: number } | null | 'beyond';

interface Head {
  readonly status: number;
  readonly start: number;
  readonly end: number;
  readonly headers: Readonly<Record<string, string | number>>;
}

/** What answers a request for a file: 200, 206 for a range, or 416 for one beyond its end. */
export function headFor(request: IncomingMessage, file: ResultFile): Head {
  const { size, etag, contentType } = file;
  const isCurrent = (request.headers['if-range'] ?? etag) === etag;
  const part = isCurrent ? parseRange(request.headers.range, size) : null;
  const headers = { etag, 'accept-ranges': 'bytes' };
  if (part === 'beyond') {
    const beyond = { ...headers, 'content-range': `bytes */${size}`, 'content-length': 0 };
    return { status: 416, start: 0, end: 0, headers: beyond };
  }
  const { start, end } = part ?? { start: 0, end: size };
  const whole = { ...headers, 'content-type': contentType, 'content-length': end - start };
  if (part === null) return { status: 200, start, end, headers: whole };
  const partial = { ...whole, 'content-range': `bytes ${start}-${end - 1}/${size}` };
  return { status: 206, start, end, headers: partial };
}

/** Sends a file's part. With `cutAfter` only that many bytes, and then the connection breaks. */
export async function sendFile(
  response: ServerResponse,
  path: string,
  { status, headers, start, end }: Head,
  cutAfter: number | null,
): Promise<void> {
  response.writeHead(status, headers);
  const sent = Math.min(end, start + (cutAfter ?? end));
  if (sent > start) {
    // A client that leaves in the middle is its own business.
    await pipeline(createReadStream(path, { start, end: sent - 1 }), response, {
      end: false,
    }).catch(ignoreClosed);
  } else response.flushHeaders();
  if (cutAfter === null) response.end();
  else response.socket?.destroySoon();
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

function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE' && error.code !== 'EPIPE') throw error;
}
