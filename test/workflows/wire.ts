import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../support/servers.ts';

export interface Wire extends AsyncDisposable {
  /** Where it can be reached: the same for as long as it lives. */
  readonly address: string;
  /** Leads to another server from now on. */
  readonly lead: (target: string) => void;
  /** The near end stays open, and nothing comes through any more. */
  readonly cut: () => void;
}

/** A wire to a server, such as Temporal, that can be cut or lead to another one. */
export async function startWire(target: string): Promise<Wire> {
  let [host, port] = target.split(':') as [string, string];
  const wires: { near: Socket; far: Socket }[] = [];
  const server = createServer((near) => {
    const far = connect(Number(port), host);
    wires.push({ near, far });
    near.pipe(far).pipe(near);
    near.on('error', () => far.destroy());
    far.on('error', () => near.destroy());
  });
  return {
    address: `127.0.0.1:${await listen(server)}`,
    lead: (next) => {
      [host, port] = next.split(':') as [string, string];
    },
    cut: () => {
      for (const { near, far } of wires) {
        near.unpipe(far);
        far.unpipe(near).destroy();
      }
      server.close();
    },
    [Symbol.asyncDispose]: async () => {
      for (const { near, far } of wires) {
        near.destroy();
        far.destroy();
      }
      server.close();
    },
  };
}
