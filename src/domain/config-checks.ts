import { z } from 'zod';
import { DURATION, parseDuration } from './durations.ts';

/** How the fields of a configuration are checked; no message repeats a value, which may be a key. */

export const text = z
  .string({
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be text; put it in quotes'),
  })
  .refine((value) => value.trim() !== '', 'must not be empty');

/** A variable's value is text, so a number may come as digits. */
export const positiveInteger = z.preprocess(
  (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
  z.int('must be a whole number').min(1, 'must be 1 or more'),
);

/** A variable's value is text, so `true` may come as text. */
export const flag = z.preprocess(
  (value) => (value === 'true' || value === 'false' ? value === 'true' : value),
  z.boolean('must be true or false'),
);

/** In milliseconds. */
export const duration = text.transform((value, context) => {
  const parsed = parseDuration(value);
  if (parsed !== null) return parsed;
  context.addIssue({ code: 'custom', message: `must be ${DURATION}` });
  return z.NEVER;
});

/** Such as `500MB` or `1GB`; in MB of a million bytes. */
export const megabytes = text.transform((value, context) => {
  const [, digits, unit] = /^(\d+(?:\.\d+)?) ?([MG]B)$/i.exec(value.trim()) ?? [];
  if (digits !== undefined)
    return Math.floor(Number(digits) * (/^g/i.test(unit ?? '') ? 1_000 : 1));
  context.addIssue({ code: 'custom', message: 'must be a size such as 500MB or 1GB' });
  return z.NEVER;
});

const SHARE = 'must be a share from 0 to 1, such as 0.1';
export const share = z.preprocess(
  (value) => (typeof value === 'string' && /^[\d.]+$/.test(value) ? Number(value) : value),
  z.number(SHARE).min(0, SHARE).max(1, SHARE),
);

const HOST_AND_PORT = 'must be HOST:PORT, such as 127.0.0.1:8080, localhost:8080 or "[::1]:8080"';
export const address = z.string(HOST_AND_PORT).transform((value, context) => {
  const match = /^(?<host>.+):(?<port>\d{1,5})$/.exec(value);
  const port = Number(match?.groups?.port);
  if (match?.groups?.host !== undefined && port <= 65_535) {
    return { host: match.groups.host.replace(/^\[(.+)\]$/, '$1'), port };
  }
  context.addIssue({ code: 'custom', message: HOST_AND_PORT });
  return z.NEVER;
});

/** `example` is shown where something else stands in the mapping's place. */
export function mustBeMapping(example: string) {
  return {
    error: ({ input }: { readonly input?: unknown }) =>
      `${input === undefined ? 'is missing; write' : 'must be'} a mapping such as ${example}`,
  };
}

export function mapping<S extends z.core.$ZodLooseShape>(shape: S, example: string) {
  return z.strictObject(shape, mustBeMapping(example));
}

/** Reads a text by a function of ours, which says what is wrong where it cannot. */
export function parsedText<T extends object>(
  parse: (text: string) => T | { readonly problem: string },
) {
  return text.transform((value, context): T => {
    const parsed = parse(value);
    if (!('problem' in parsed)) return parsed;
    context.addIssue({ code: 'custom', message: parsed.problem });
    return z.NEVER;
  });
}
