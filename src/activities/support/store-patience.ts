import { StoreNotSeen } from '../../domain/staging-port.ts';

/** Long for a network disk that is busy. */
const STORE_WITHIN_MS = 30_000;
const WATCH_EVERY_MS = 30_000;

/**
 * Waits for the store, but not forever: a file system may hang on this worker alone, and then nothing
 * ends a read.
 * @throws the reason of `until` once that is aborted; StoreNotSeen after 30 s
 */
export async function fromStore<T>(work: Promise<T>, until?: AbortSignal): Promise<T> {
  const { promise: ended, reject } = Promise.withResolvers<never>();
  const late = setTimeout(() => reject(notResponding()), STORE_WITHIN_MS);
  const stop = () => reject(until?.reason);
  until?.addEventListener('abort', stop);
  if (until?.aborted) stop();
  try {
    return await Promise.race([work, ended]);
  } finally {
    clearTimeout(late);
    until?.removeEventListener('abort', stop);
  }
}

/** The same for each item. A read that hangs is left behind. */
export async function* eachFromStore<T>(
  items: AsyncIterable<T>,
  until: AbortSignal,
): AsyncGenerator<T> {
  const iterator = items[Symbol.asyncIterator]();
  let isReading = false;
  try {
    for (;;) {
      isReading = true;
      const { value, done } = await fromStore(iterator.next(), until);
      isReading = false;
      if (done) return;
      yield value;
    }
  } finally {
    // To return from an iterator that hangs would hang, too.
    if (!isReading) await iterator.return?.();
  }
}

export interface StoreWatch extends Disposable {
  /** Aborted, with a StoreNotSeen, once the store has not responded for 30 s. */
  readonly lost: AbortSignal;
}

/** Looks at the store again and again, while another process works there. */
export function watchStore(look: () => Promise<unknown>): StoreWatch {
  const lost = new AbortController();
  let timer: NodeJS.Timeout;
  const lookLater = () => {
    timer = setTimeout(lookNow, WATCH_EVERY_MS);
  };
  const lookNow = () =>
    fromStore(look()).then(lookLater, (error: unknown) => {
      // What else fails, that process finds for itself.
      if (error instanceof StoreSilent) lost.abort(error);
      else lookLater();
    });
  lookLater();
  return {
    lost: lost.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}

class StoreSilent extends StoreNotSeen {}

function notResponding(): StoreSilent {
  return new StoreSilent(
    `This worker does not see the staged rows of this export: their store did not respond within ${STORE_WITHIN_MS / 1_000} s. Check the file system of staging.directory on this worker, and its server if it is a network file system; or, with staging.s3, the network.`,
  );
}
