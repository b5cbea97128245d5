import { createServer } from 'node:net';

/** The only interface on which development servers listen. */
export const loopback = '127.0.0.1';

const TRIED = 500;

/** Whether nothing listens on this port of the loopback interface. */
export async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ host: loopback, port, exclusive: true }, resolve);
    });
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE' || code === 'EACCES') return false;
    throw error;
  } finally {
    server.close();
  }
}

/** The first free port from `from` on that is not among `except`. */
export async function nextFree(from: number, except: readonly number[] = []): Promise<number> {
  for (let port = from; port < from + TRIED && port <= 65_535; port += 1) {
    if (!except.includes(port) && (await isFree(port))) return port;
  }
  throw new Error(`No port from ${from} on is free on ${loopback}.`);
}
