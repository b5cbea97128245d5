import { z } from 'zod';

/** How the fields of an export's input are checked; each message says what the field must be. */

/** As in Treasure Data; Temporal's own limit, 2 MiB for all of an input, is not far above. */
const QUERY_MAX_CHARACTERS = 1_000_000;

/** What stands where something else should: `is missing`, `is an array`. No text is repeated. */
export function whatStandsThere(value: unknown): string {
  if (value === undefined) return 'is missing';
  if (value === null) return 'is null';
  if (typeof value === 'number' || typeof value === 'boolean') return `is ${value}`;
  return `is ${Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : `a ${typeof value}`}`;
}

/** The error of a zod schema: `must be WHAT, but is missing`. */
export function must(what: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      `must be ${what}, ${typeof input === 'string' ? 'not this text' : `but ${whatStandsThere(input)}`}`,
  };
}

export function text(what = 'a non-empty string') {
  return z
    .string(must(what))
    .refine((value) => value.trim() !== '', `must be ${what}, but is empty`);
}

export function integer(from: number, to: number) {
  const what = must(`an integer from ${from} to ${to}`);
  return z.int(what).min(from, what).max(to, what);
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, must(`one of ${values.map((value) => `"${value}"`).join(', ')}`));
}

/** @param cure what to do with a longer one */
export function sqlStatement(cure = '') {
  return text('a non-empty SQL statement').refine(
    (query) => query.length <= QUERY_MAX_CHARACTERS,
    `must have at most ${QUERY_MAX_CHARACTERS.toLocaleString('en-US')} characters${cure}`,
  );
}
