import { once } from 'node:events';
import { createServer } from 'node:http';
import { type Address, addressText } from './address.ts';

/**
 * Serves `GET /healthz`, 200 while the process lives, and `GET /readyz`, 200 while its polls are accepted.
 * @throws Error that says what to do where the address cannot be used
 */
export async function serveHealth(address: Address, isReady: () => boolean): Promise<Disposable> {
  const server = createServer((request, response) => {
    const [status, text] = answer(request.url, isReady);
    response.writeHead(status, { 'content-type': 'text/plain' }).end(`${text}\n`);
  });
  server.listen(address.port, address.host);
  await once(server, 'listening').catch((error: NodeJS.ErrnoException) => {
    throw new Error(
      `worker.healthAddress ${addressText(address)} cannot be used (${error.code}). Choose a free address, or remove the setting.`,
    );
  });
  server.unref();
  return { [Symbol.dispose]: () => void server.close() };
}

function answer(url: string | undefined, isReady: () => boolean): [number, string] {
  if (url === '/healthz') return [200, 'ok'];
  if (url !== '/readyz') return [404, 'GET /healthz or /readyz'];
  return isReady() ? [200, 'ready'] : [503, 'not polling'];
}
