import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';

export interface TestServer extends AsyncDisposable {
  readonly url: string;
}

/** Lets a server listen on a free port of this machine, or on this one, and resolves to the port. */
export async function listen(server: Server, port = 0): Promise<number> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

/** An HTTP server of this process. */
export async function startServer(listener: RequestListener): Promise<TestServer> {
  const server = createServer(listener);
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** A server that only counts its requests. */
export async function startCounter(): Promise<TestServer & { readonly requests: () => number }> {
  let requests = 0;
  const server = await startServer((_, response) => {
    requests += 1;
    response.end();
  });
  return { ...server, requests: () => requests };
}

/** A port that nothing listens on. */
export async function closedPort(): Promise<number> {
  const server = createTcpServer();
  const port = await listen(server);
  server.close();
  await once(server, 'close');
  return port;
}
