/** Header names in lower case. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

export function headerText(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `Retry-After`, in seconds or as a date, in milliseconds from now; `null` where it is neither. */
export function retryAfterMs(headers: Headers, nowMs: number): number | null {
  const value = headerText(headers, 'retry-after');
  const delay = secondsToMs(value);
  if (delay !== null || value === undefined) return delay;
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : date - nowMs;
}

export function secondsToMs(value: string | undefined): number | null {
  return value !== undefined && /^\d+(\.\d+)?$/.test(value.trim()) ? Number(value) * 1000 : null;
}
