import { once } from 'node:events';
import { request } from 'node:https';
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { startSandbox } from '../../sandbox/server.ts';
import { selfSigned } from './certificate.ts';

const PATH = '/v3/system/server_status';

/** What a server answers over https, to a client that trusts `ca`. */
async function getOverTls(url: string, ca?: string): Promise<{ status: number; body: string }> {
  const sent = request(url + PATH, { ...(ca === undefined ? {} : { ca }), agent: false });
  sent.end();
  const [response] = await once(sent, 'response');
  const parts: Buffer[] = [];
  for await (const part of response) parts.push(part);
  return { status: response.statusCode, body: String(Buffer.concat(parts)) };
}

test('with a certificate it serves https, to those who trust it', async () => {
  const tls = selfSigned();
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ tls });
  stack.defer(() => sandbox.close());
  expect(sandbox.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/);
  expect(await getOverTls(sandbox.url, tls.cert)).toEqual({
    status: 200,
    body: '{"status":"ok"}',
  });
  await expect(getOverTls(sandbox.url)).rejects.toThrow('self-signed certificate');
  await expect(getOverTls(sandbox.url, selfSigned().cert)).rejects.toThrow();
  await expect(fetch(sandbox.url.replace('https', 'http') + PATH)).rejects.toThrow();
});

test('nobody accepts an expired certificate', async () => {
  const tls = selfSigned({ validForMs: -1_000 });
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox({ tls });
  stack.defer(() => sandbox.close());
  await expect(getOverTls(sandbox.url, tls.cert)).rejects.toThrow('certificate has expired');
});

/** Sends a request on a connection, and gives the head of its answer. */
async function exchange(socket: Socket, path: string): Promise<string> {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
  let answer = '';
  for (;;) {
    const [bytes] = await once(socket, 'data');
    answer += bytes;
    const [head, body] = answer.split('\r\n\r\n');
    if (head !== undefined && body !== undefined && body !== '') return head.toLowerCase();
  }
}

test.each([PATH, '/partners/other'])(
  'with a short keep-alive it closes idle connections first, unannounced: %s',
  async (path) => {
    await using stack = new AsyncDisposableStack();
    const sandbox = await startSandbox({ keepAliveMs: 300 });
    stack.defer(() => sandbox.close());
    const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
    const ended = once(socket, 'end');
    await exchange(socket, path);
    // It is not closed after each answer.
    const head = await exchange(socket, path);
    const idleFrom = performance.now();
    expect(head).toContain('connection: keep-alive');
    expect(head).not.toContain('timeout');
    await ended;
    const idleMs = performance.now() - idleFrom;
    expect(idleMs).toBeGreaterThan(250);
    expect(idleMs).toBeLessThan(10_000);
    socket.destroy();
  },
);

test('otherwise it announces that it keeps them open for longer than any client', async () => {
  await using stack = new AsyncDisposableStack();
  const sandbox = await startSandbox();
  stack.defer(() => sandbox.close());
  const socket = connect(Number(new URL(sandbox.url).port), '127.0.0.1');
  expect(await exchange(socket, PATH)).toContain('keep-alive: timeout=600');
  socket.destroy();
});
