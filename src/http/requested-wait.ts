/** Header names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** A longer wait than the usual rate limit's own window is not believed. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;
/** `x-ratelimit-reset` is epoch seconds; some send seconds to go. Above this it is an epoch. */
const EPOCH_FROM_MS = 1e9 * 1000;

export function headerText(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/**
 * How long a response asks to wait, in milliseconds from now; `null` where it does not. Responses of
 * every status may say when the rate limit's window ends, often an hour: that counts only where the
 * rate limit is what refused the request, or where nothing remains of it.
 */
export function requestedWaitMs(
  { status, headers }: { readonly status: number; readonly headers: Headers },
  ownNowMs: number,
): number | null {
  // Its times are by its own clock, which may not be ours.
  const dateMs = Date.parse(headerText(headers, 'date') ?? '');
  const nowMs = Number.isNaN(dateMs) ? ownNowMs : dateMs;
  const remaining = headerText(headers, 'x-ratelimit-remaining')?.trim();
  const isRateLimited = status === 429 || remaining === '0';
  const waits = [
    retryAfterMs(headerText(headers, 'retry-after'), nowMs),
    isRateLimited ? secondsToMs(headerText(headers, 'x-ratelimit-retry-after')) : null,
    isRateLimited ? resetMs(headerText(headers, 'x-ratelimit-reset'), nowMs) : null,
  ];
  const wait = waits.find((each) => each !== null);
  return wait == null ? null : Math.min(Math.max(wait, 0), LONGEST_WAIT_MS);
}

/** `Retry-After` is in seconds or a date. */
function retryAfterMs(value: string | undefined, nowMs: number): number | null {
  const delay = secondsToMs(value);
  if (delay !== null || value === undefined) return delay;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - nowMs;
}

function resetMs(value: string | undefined, nowMs: number): number | null {
  const wait = secondsToMs(value);
  return wait !== null && wait > EPOCH_FROM_MS ? wait - nowMs : wait;
}

function secondsToMs(value: string | undefined): number | null {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : null;
}
