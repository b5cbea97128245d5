import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { createServer } from 'node:tls';
import { listen } from './servers.ts';

export interface TlsFront extends AsyncDisposable {
  readonly url: string;
  /** How many connections were tried, also those whose client did not accept the certificate. */
  readonly connections: () => number;
}

/** Serves over https what an http server of this machine serves. */
export async function startTlsFront(
  url: string,
  certificate: { readonly key: string; readonly cert: string },
): Promise<TlsFront> {
  const { hostname, port } = new URL(url);
  const open = new Set<Disposable>();
  let connections = 0;
  const server = createServer(certificate, async (client) => {
    const behind = connect(Number(port), hostname);
    const both = {
      [Symbol.dispose]: () => [client, behind].forEach((each) => void each.destroy()),
    };
    open.add(both);
    // A connection that one side breaks is broken for the other.
    await Promise.all([pipeline(client, behind), pipeline(behind, client)]).catch(() => undefined);
    both[Symbol.dispose]();
    open.delete(both);
  });
  server.on('connection', () => {
    connections += 1;
  });
  return {
    url: `https://127.0.0.1:${await listen(server)}`,
    connections: () => connections,
    [Symbol.asyncDispose]: async () => {
      server.close();
      for (const each of open) each[Symbol.dispose]();
    },
  };
}
