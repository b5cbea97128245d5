import { once } from 'node:events';
import { type IncomingMessage, request as send } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Sends a request on as it came, its Host header included, and resolves to the response. */
export async function forward(
  request: IncomingMessage,
  url: URL,
  through?: (source: AsyncIterable<Buffer>) => AsyncIterable<Buffer>,
): Promise<IncomingMessage> {
  const { method, headers } = request;
  const upstream = send(url, { method, headers });
  const body = through === undefined ? request : Readable.from(through(request));
  // What breaks one side ends the other. The wait for the response reports it.
  pipeline(body, upstream).catch((error: Error) => upstream.destroy(error));
  const [response] = await once(upstream, 'response');
  return response as IncomingMessage;
}
