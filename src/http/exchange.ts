import { type Dispatcher, request } from 'undici';
import { NoResponse, type Peer } from './no-response.ts';
import { onSent } from './on-sent.ts';
import type { Headers } from './requested-wait.ts';

/** Most responses are short; longer ones are cut off. */
export const RESPONSE_MAX_BYTES = 64 * 1024;

export interface HttpRequest {
  readonly peer: Peer;
  readonly dispatcher: Dispatcher;
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | null;
  /** From the first byte sent to the last received. */
  readonly timeoutMs: number;
  /** Of the response's body. */
  readonly maxBytes: number;
  readonly signal?: AbortSignal | undefined;
  /** Called when the request leaves; never where there is no connection for it. */
  readonly sent?: (() => void) | undefined;
}

/** A response of any status. */
export interface HttpResponse {
  readonly status: number;
  readonly headers: Headers;
  /** The body, up to the request's `maxBytes`. */
  readonly text: string;
}

/**
 * Sends a request, once, and follows no redirect.
 * @throws the signal's abort reason, or `NoResponse` where no whole response came in time
 */
export async function exchange({
  peer,
  url,
  timeoutMs,
  maxBytes,
  signal,
  sent,
  dispatcher,
  ...options
}: HttpRequest): Promise<HttpResponse> {
  const timeout = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, headers, body } = await request(url, {
      ...options,
      dispatcher: sent === undefined ? dispatcher : dispatcher.compose(onSent(sent)),
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
    return { status: statusCode, headers, text: await bodyText(body, maxBytes) };
  } catch (error) {
    signal?.throwIfAborted();
    throw new NoResponse(error, peer);
  }
}

/** The start of a body, as text: at most `maxBytes` of it. */
export async function bodyText(
  body: Dispatcher.ResponseData['body'],
  maxBytes: number,
): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part);
    bytes += part.length;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(parts).toString('utf8', 0, maxBytes);
}
