import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { isJsonObject, type JsonObject } from './validation.ts';

/**
 * The whole body, or why there is none. A body over `maxBytes` is noticed as early as possible, by its
 * declared or counted length. The rest is then discarded as it arrives, because a client that is cut
 * off while it writes never reads the 413.
 */
export function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'too large' | 'client left'> {
  return new Promise((resolve) => {
    const tooLarge = (): void => {
      request.removeAllListeners('data');
      request.resume();
      resolve('too large');
    };
    request.once('close', () => resolve('client left'));
    request.once('error', () => resolve('client left'));
    if (Number(request.headers['content-length'] ?? 0) > maxBytes) return tooLarge();
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size > maxBytes) return tooLarge();
      chunks.push(chunk);
    });
    request.once('end', () => resolve(Buffer.concat(chunks, size)));
  });
}

/** `null` for what is not UTF-8, not JSON, or not an object. */
export function parseJsonObject(body: Buffer): JsonObject | null {
  if (!isUtf8(body)) return null;
  try {
    const value: unknown = JSON.parse(body.toString());
    return isJsonObject(value) ? value : null;
  } catch {
    return null;
  }
}
