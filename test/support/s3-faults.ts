import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { DeleteObjectCommand } from '@aws-sdk/client-s3';
import { type S3Access, s3Client } from '../../scripts/versitygw/server.ts';
import { forward } from './forward.ts';

/** A request on its way to the server. */
export interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  /** The same request at the server. */
  readonly url: URL;
  readonly bucket: string;
  readonly key: string;
}

/** What happens to a request instead of being passed on. */
export type Fault = (exchange: Exchange) => Promise<void>;

type Filter = (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>;

/** No fault. */
export const passOn: Fault = async ({ request, response, url }) => {
  const answer = await forward(request, url);
  writeHead(answer, response);
  await pipeline(answer, response);
};

/** The connection breaks, and the server never sees the request. */
export const reset: Fault = async ({ request }) => {
  request.socket.resetAndDestroy();
};

/** No response, and the connection stays open; the server never sees the request. */
export const hang: Fault = async ({ request }) => {
  request.resume();
};

/** The server does what was asked, and the connection breaks before the client hears of it. */
export const loseResponse: Fault = async ({ request, url }) => {
  await buffer(await forward(request, url));
  request.socket.resetAndDestroy();
};

/** The connection ends after so many bytes of the response's body, one byte before its end at the latest. */
export function cutBody(bytes: number): Fault {
  return async (exchange) => {
    await sendStart(exchange, bytes);
    exchange.request.socket.destroy();
  };
}

/** Nothing more comes after so many bytes of the response's body, and the connection stays open. */
export function stallBody(bytes: number): Fault {
  return (exchange) => sendStart(exchange, bytes);
}

/** Another first byte in the response's body, below headers that fit the right one. */
export const damage: Fault = async ({ request, response, url }) => {
  const answer = await forward(request, url);
  writeHead(answer, response);
  const body = await buffer(answer);
  body[0] = (body[0] ?? 0) ^ 0xff;
  response.end(body);
};

/** Bodies come through at so many bytes a second, both ways. */
export function slow(bytesPerSecond: number): Fault {
  const filter = throttled(bytesPerSecond);
  return async ({ request, response, url }) => {
    const answer = await forward(request, url, filter);
    writeHead(answer, response);
    await pipeline(answer, filter, response);
  };
}

const ERRORS = {
  SlowDown: { status: 503, message: 'Please reduce your request rate.' },
  InternalError: { status: 500, message: 'We encountered an internal error. Please try again.' },
  AccessDenied: { status: 403, message: 'Access Denied' },
  ExpiredToken: { status: 400, message: 'The provided token has expired.' },
  PreconditionFailed: {
    status: 412,
    message: 'At least one of the pre-conditions you specified did not hold',
  },
  ConditionalRequestConflict: {
    status: 409,
    message:
      'The conditional request cannot succeed due to a conflicting operation against this resource.',
  },
} as const;

/** The error that S3 answers with, in its XML; the server never sees the request. */
export function errorResponse(code: keyof typeof ERRORS): Fault {
  const { status, message } = ERRORS[code];
  return async ({ request, response, bucket, key }) => {
    const body =
      '<?xml version="1.0" encoding="UTF-8"?>\n' +
      `<Error><Code>${code}</Code><Message>${message}</Message>` +
      `<Resource>/${bucket}/${key}</Resource><RequestId>4442587FB7D0A2F9</RequestId></Error>`;
    response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
    request.resume();
  };
}

/**
 * As a store that does not know `If-None-Match`: each PUT overwrites. Order it for a PUT. The header
 * is signed, so it cannot be left out: what it would find is removed before.
 */
export function ignoreIfNoneMatch(server: S3Access): Fault {
  let last = Promise.resolve();
  return (exchange) => {
    const { bucket: Bucket, key: Key } = exchange;
    // One by one, or another PUT could come between the two steps and be found.
    last = last
      .catch(() => undefined)
      .then(async () => {
        const client = s3Client(server);
        await client.send(new DeleteObjectCommand({ Bucket, Key }));
        client.destroy();
        await passOn(exchange);
      });
    return last;
  };
}

function writeHead(answer: IncomingMessage, response: ServerResponse): void {
  response.writeHead(answer.statusCode ?? 502, answer.headers);
}

async function sendStart({ request, response, url }: Exchange, bytes: number): Promise<void> {
  const answer = await forward(request, url);
  const body = await buffer(answer);
  writeHead(answer, response);
  response.flushHeaders();
  const start = body.subarray(0, Math.min(bytes, body.length - 1));
  await new Promise((sent) => response.write(start, sent));
}

function throttled(bytesPerSecond: number): Filter {
  const perTurn = Math.max(1, Math.floor(bytesPerSecond / 20));
  return async function* (source) {
    for await (const chunk of source) {
      for (let from = 0; from < chunk.length; from += perTurn) {
        await delay(50);
        yield chunk.subarray(from, from + perTurn);
      }
    }
  };
}
