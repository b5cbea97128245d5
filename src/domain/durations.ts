import ms from 'ms';

const SHORTEST_MS = 1_000;
/** Much more is a typing error, and in the end more than a date can hold. */
const LONGEST_MS = 365 * 24 * 60 * 60 * 1_000;

export const DURATION = 'a time span such as 30s, 15m, 6h or 7d, at most 365d';

/** Such as `30s`, `15m`, `6h` or `7d`, in milliseconds; `null` for anything else. */
export function parseDuration(text: string): number | null {
  // Without a unit, `ms` would take milliseconds.
  const parsed = /[a-z]/i.test(text) ? ms(text as ms.StringValue) : undefined;
  return typeof parsed === 'number' && parsed >= SHORTEST_MS && parsed <= LONGEST_MS
    ? parsed
    : null;
}
