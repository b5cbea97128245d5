import { connect, createServer, type Socket } from 'node:net';
import { listen } from './servers.ts';

export interface Wire extends AsyncDisposable {
  /** Where it can be reached: the same for as long as it lives. */
  readonly address: string;
  /** Leads to another server from now on. */
  readonly lead: (target: string) => void;
  /** The near ends stay open, new ones as well, and nothing comes through any more. */
  readonly cut: () => void;
  /** New connections come through again; those that were cut stay dead. */
  readonly mend: () => void;
}

/** A wire to a server, such as Temporal, that can be cut or lead to another one. */
export async function startWire(target: string): Promise<Wire> {
  let [host, port] = target.split(':') as [string, string];
  let isCut = false;
  const open = new Set<Socket>();
  const keep = (socket: Socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  };
  const wires: { near: Socket; far: Socket }[] = [];
  const server = createServer((near) => {
    keep(near);
    near.on('error', () => near.destroy());
    if (isCut) return;
    const far = connect(Number(port), host);
    keep(far);
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
      isCut = true;
      for (const { near, far } of wires.splice(0)) {
        near.unpipe(far);
        far.unpipe(near).destroy();
      }
    },
    mend: () => {
      isCut = false;
    },
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      server.close();
    },
  };
}
