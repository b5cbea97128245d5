import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import type { BodyFault } from './fault-order.ts';

/** The parts in which a slow or chunked body comes. */
const PARTS = 4;

export interface Head {
  readonly status: number;
  /** Without the body's length. */
  readonly headers: Readonly<Record<string, string | number>>;
}

/** A body of a known length, which can be read in parts. */
export interface Body {
  readonly bytes: number;
  /** From `start` to before `end`. */
  read(start: number, end: number): Readable;
}

export function bodyOf(payload: Buffer): Body {
  return {
    bytes: payload.length,
    read: (start, end) => Readable.from([payload.subarray(start, end)]),
  };
}

/** Sends a body as it is. */
export async function sendBody(response: ServerResponse, head: Head, body: Body): Promise<void> {
  response.writeHead(head.status, { ...head.headers, 'content-length': body.bytes });
  await write(response, body, 0, body.bytes);
  response.end();
}

/**
 * Sends a body with a fault. Resolves when the response has ended; a stalled one ends when its client
 * leaves.
 * @param beforeEnd called just before the last that the client will see
 */
export async function sendFaultyBody(
  response: ServerResponse,
  head: Head,
  body: Body,
  fault: BodyFault,
  beforeEnd: () => void = () => undefined,
): Promise<void> {
  const length = fault.kind === 'chunked' ? {} : { 'content-length': body.bytes };
  response.writeHead(head.status, { ...head.headers, ...length });
  response.flushHeaders();
  switch (fault.kind) {
    case 'slow':
    case 'chunked': {
      const pauseMs = fault.kind === 'slow' ? fault.ms / PARTS : 0;
      await sendInParts(response, body, pauseMs, beforeEnd);
      break;
    }
    case 'stall':
      await write(response, body, 0, Math.min(fault.bytes, body.bytes));
      if (!response.destroyed) await once(response, 'close');
      break;
    case 'cut':
      await write(response, body, 0, Math.min(fault.bytes, body.bytes));
      beforeEnd();
      response.socket?.destroySoon();
  }
}

async function sendInParts(
  response: ServerResponse,
  body: Body,
  pauseMs: number,
  beforeEnd: () => void,
): Promise<void> {
  async function* parts() {
    for (let part = 0; part < PARTS; part += 1) {
      // Even without a pause, each part is a packet of its own.
      if (pauseMs === 0) await setImmediate();
      else await delay(pauseMs);
      if (response.destroyed) return;
      if (part === PARTS - 1) beforeEnd();
      const [start, end] = [part, part + 1].map((edge) => Math.ceil((body.bytes * edge) / PARTS));
      yield* body.read(start ?? 0, end ?? 0);
    }
  }
  await send(response, parts);
  response.end();
}

async function write(
  response: ServerResponse,
  body: Body,
  start: number,
  end: number,
): Promise<void> {
  if (end > start) await send(response, () => body.read(start, end));
}

async function send(response: ServerResponse, from: () => AsyncIterable<Buffer>): Promise<void> {
  if (!response.destroyed) await pipeline(from, response, { end: false }).catch(ignoreClosed);
}

/** A client may leave in the middle. */
function ignoreClosed(error: NodeJS.ErrnoException): void {
  if (!['ERR_STREAM_PREMATURE_CLOSE', 'EPIPE', 'ECONNRESET'].includes(error.code ?? ''))
    throw error;
}
