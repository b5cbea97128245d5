import type { z } from 'zod';
import { didYouMean } from './nearest.ts';

/**
 * What is wrong with a value that a person typed, one line for each problem: `path: what is wrong`.
 * No value is repeated, as a credential may have been typed into the wrong field.
 */
export function describeProblems(error: z.ZodError, schemaKeys: KeysAt): string[] {
  return error.issues.flatMap((issue) => describeIssue(issue, schemaKeys));
}

/** The field names that are known at a path, for the nearest-name hint. */
export type KeysAt = (path: readonly PropertyKey[]) => readonly string[];

function describeIssue(issue: z.core.$ZodIssue, keysAt: KeysAt): string[] {
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(issue.path);
    return issue.keys.map((key) => unknownField([...issue.path, key], known));
  }
  return [`${pathText(issue.path)}: ${issue.message}`];
}

/** The problem of a field that is none of the known ones, with the nearest of them. */
export function unknownField(path: readonly PropertyKey[], known: Iterable<string>): string {
  return `${pathText(path)}: unknown field${didYouMean(String(path.at(-1)), known)}`;
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
