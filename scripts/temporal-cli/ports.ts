import { createServer } from 'node:net';

/** The only interface on which development servers listen. */
export const loopback = '127.0.0.1';

const TRIED = 500;
const ATTEMPTS = 5;
const TAKEN = /address already in use/;

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

/**
 * Starts something on a free port from `from` on. Below those that the system gives to clients, a port
 * stays free for as long as its server is down.
 */
export async function onOwnPort<T>(
  from: number,
  startOn: (port: number) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startOn(await nextFree(from));
    } catch (error) {
      // Between the look at a port and its use, another process may take it.
      if (!TAKEN.test(String(error)) || attempt === ATTEMPTS) throw error;
    }
  }
}
