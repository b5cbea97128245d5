import ms from 'ms';

const SHORTEST_MS = 1_000;

export const DURATION = 'a time span such as 30s, 15m, 6h or 7d';

/** Such as `30s`, `15m`, `6h` or `7d`, in milliseconds; `null` for anything else. */
export function parseDuration(text: string): number | null {
  // Without a unit, `ms` would take milliseconds.
  const parsed = /[a-z]/i.test(text) ? ms(text as ms.StringValue) : undefined;
  return typeof parsed === 'number' && parsed >= SHORTEST_MS ? parsed : null;
}
