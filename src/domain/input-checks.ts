import { z } from 'zod';
import { DURATION, parseDuration } from './durations.ts';
import { didYouMean } from './nearest.ts';

/** How the fields of an export's input are checked; each message says what the field must be. */

/** As in Treasure Data; Temporal's own limit, 2 MiB for all of an input, is not far above. */
const QUERY_MAX_CHARACTERS = 1_000_000;

/** What was found instead: `is missing`, `is an array`. Never the text itself, which may be a key. */
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
      `must be ${what}, but ${whatStandsThere(input)}`,
  };
}

export function text(what = 'a non-empty string') {
  return z
    .string(must(what))
    .refine((value) => value.trim() !== '', `must be ${what}, but is empty`);
}

/** A text that becomes a part of a URL's path, which these two would change. */
export function pathSegment(what?: string) {
  return text(what).refine((value) => !/^\.\.?$/.test(value), 'must not be "." or ".."');
}

const UNSEEN = /\p{Cc}|\p{Cs}|\p{Zl}|\p{Zp}|(?!\u200c|\u200d|[\u{e0020}-\u{e007f}])\p{Cf}/u;

/** Checks that a text looks like no other: its only invisible characters are the joiners of emoji. */
export function mustBePrintable(value: string, context: z.RefinementCtx): void {
  if (UNSEEN.test(value)) context.addIssue('must contain only printable characters');
  else if (value.trim() !== '' && value !== value.trim()) {
    context.addIssue('must not begin or end with a space');
  }
}

export function integer(from: number, to: number) {
  const what = must(`an integer from ${from} to ${to}`);
  return z.int(what).min(from, what).max(to, what);
}

/** In milliseconds. */
export function duration() {
  return z.string(must(DURATION)).transform((value, context) => {
    const parsed = parseDuration(value);
    if (parsed !== null) return parsed;
    context.addIssue({ code: 'custom', message: `must be ${DURATION}` });
    return z.NEVER;
  });
}

export function oneOf<const T extends readonly [string, ...string[]]>(values: T) {
  return z.enum(values, { error: ({ input }) => mustBeOneOf(values, input) });
}

/** `must be "APPEND" or "REMOVE" (did you mean "APPEND"?)`; what was typed is not repeated. */
export function mustBeOneOf(values: readonly string[], input: unknown): string {
  const quoted = values.map((value) => `"${value}"`);
  const others = quoted.slice(0, -1).join(', ');
  const what = `must be ${others === '' ? '' : `${others} or `}${quoted.at(-1)}`;
  return typeof input === 'string'
    ? `${what}${didYouMean(input, values)}`
    : `${what}, but ${whatStandsThere(input)}`;
}

/** @param cure what to do with a longer one */
export function sqlStatement(cure = '') {
  return text('a non-empty SQL statement').refine(
    (query) => query.length <= QUERY_MAX_CHARACTERS,
    `must have at most ${QUERY_MAX_CHARACTERS.toLocaleString('en-US')} characters${cure}`,
  );
}
