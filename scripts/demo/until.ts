/** What the promise gives, or the signal's reason as soon as it is aborted. */
export async function until<T>(stop: AbortSignal, promise: Promise<T>): Promise<T> {
  const over = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    const giveUp = () => reject(stop.reason);
    if (stop.aborted) giveUp();
    else stop.addEventListener('abort', giveUp, { once: true, signal: over.signal });
  });
  try {
    return await Promise.race([promise, stopped]);
  } finally {
    over.abort();
  }
}
