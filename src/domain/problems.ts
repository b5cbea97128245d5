import type { z } from 'zod';
import { didYouMean } from './nearest.ts';

/**
 * What is wrong with a value that a person typed. It stays data until the outermost caller prints it.
 * No value is repeated, as a credential may have been typed into the wrong field.
 */
export interface Problem {
  /** Where, from the outermost field on; empty for the whole value. */
  readonly path: readonly PropertyKey[];
  readonly message: string;
  /** Lines to show below the message. */
  readonly details?: readonly string[];
}

/** The field names that are known at a path, for the nearest-name hint. */
export type KeysAt = (path: readonly PropertyKey[]) => readonly string[];

export function problemsOf(error: z.ZodError, keysAt: KeysAt): Problem[] {
  return error.issues.flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
    const known = keysAt(issue.path);
    return issue.keys.map((key) => unknownField([...issue.path, key], known));
  });
}

/** The problem of an unknown field, with the nearest known ones. */
export function unknownField(path: readonly PropertyKey[], known: Iterable<string>): Problem {
  return { path, message: `unknown field${didYouMean(String(path.at(-1)), known)}` };
}

/** The same problems, seen from a value that holds theirs. */
export function below(prefix: readonly PropertyKey[], problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ ...problem, path: [...prefix, ...problem.path] }));
}

/** `source.query: must be …` */
export function problemText({ path, message }: Problem): string {
  return `${pathText(path)}: ${message}`;
}

/** `source.query`, `braze.main.restEndpoint`, `aliases[1]`; the whole value is `(top level)`. */
export function pathText(path: readonly PropertyKey[]): string {
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else text += text === '' ? String(part) : `.${String(part)}`;
  }
  return text === '' ? '(top level)' : text;
}

/** A mapping's fields; none where the value is not one. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isMapping(value) ? value : {};
}

export function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
