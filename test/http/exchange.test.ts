import type { RequestListener } from 'node:http';
import { Agent } from 'undici';
import { expect, it, onTestFinished } from 'vitest';
import { exchange, type HttpRequest } from '../../src/http/exchange.ts';
import { NoResponse } from '../../src/http/no-response.ts';
import { startServer } from '../support/servers.ts';

/** Sends a request to a server that does what the listener does. */
async function serving(listener: RequestListener) {
  const server = await startServer(listener);
  const dispatcher = new Agent();
  onTestFinished(async () => {
    await dispatcher.destroy();
    await server[Symbol.asyncDispose]();
  });
  return async (changes: Partial<HttpRequest> = {}) =>
    await exchange({
      peer: { name: 'It', setting: 'its setting', nextStep: '' },
      dispatcher,
      url: `${server.url}/`,
      method: 'POST',
      headers: { 'x-sent': 'yes' },
      body: 'body',
      timeoutMs: 60_000,
      maxBytes: 100,
      ...changes,
    });
}

const noResponse = (code: string) =>
  expect.objectContaining({
    name: 'NoResponse',
    retry: 'backoff',
    message: expect.stringContaining(`(${code})`),
  });

it('resolves to the response, whatever its status', async () => {
  const send = await serving(async (request, response) => {
    let text = `${request.method} ${request.headers['x-sent']} `;
    for await (const part of request) text += part;
    response.writeHead(503, { 'retry-after': '7' }).end(text);
  });
  const { status, headers, text } = await send();
  expect({ status, text }).toEqual({ status: 503, text: 'POST yes body' });
  expect(headers['retry-after']).toBe('7');
});

it('does not follow redirects', async () => {
  const send = await serving((request, response) => {
    response.writeHead(request.url === '/' ? 302 : 200, { location: '/other' }).end();
  });
  expect(await send()).toMatchObject({ status: 302 });
});

it('reads no more of a body than allowed, and can send again', async () => {
  let requests = 0;
  const send = await serving((_, response) => {
    requests += 1;
    // An endless body: it is over when the other side has gone.
    const write = () => {
      while (!response.destroyed && response.write('x'.repeat(100_000)));
    };
    response.on('drain', write);
    write();
  });
  expect((await send()).text).toBe('x'.repeat(100));
  expect((await send({ maxBytes: 150_000 })).text).toHaveLength(150_000);
  expect(requests).toBe(2);
});

it('gives up after the timeout, before the headers and within the body', async () => {
  const silent = await serving(() => undefined);
  await expect(silent({ timeoutMs: 50 })).rejects.toEqual(noResponse('timeout'));
  const stalled = await serving((_, response) => void response.writeHead(200).write('x'));
  await expect(stalled({ timeoutMs: 50 })).rejects.toEqual(noResponse('timeout'));
});

it('is ended by the signal, with its reason', async () => {
  for (const write of [false, true]) {
    const abort = new AbortController();
    const reason = new Error('cancelled');
    const send = await serving((_, response) => {
      if (write) response.writeHead(200).write('x', () => abort.abort(reason));
      else abort.abort(reason);
    });
    await expect(send({ signal: abort.signal })).rejects.toBe(reason);
  }
});

it('has no response where the connection breaks within the body', async () => {
  const send = await serving((_, response) => {
    response.writeHead(200, { 'content-length': '10' });
    response.write('x', () => response.destroy());
  });
  const failure = await send().catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NoResponse);
  expect(failure).toEqual(noResponse('UND_ERR_SOCKET'));
});
