import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { errorCode } from '../domain/error-code.ts';
import { type Problem, pathText, problemText } from '../domain/problems.ts';
import type { Environment } from './environment.ts';

/** The configuration cannot be used; the message lists every problem with its path in the file. */
export class ConfigError extends Error {
  readonly problems: readonly Problem[];

  constructor(file: string, problems: readonly Problem[]) {
    const lines = problems.map((problem) =>
      problem.path.length === 0 ? problem.message : problemText(problem),
    );
    super(`The configuration ${file} cannot be used:\n- ${lines.join('\n- ')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

/** The configuration that a worker started here would read. */
export function configurationFile(environment: Environment, directory: string): string {
  return resolve(directory, environment.COHORT_EXPORT_CONFIG || 'cohort-export.yaml');
}

/** The content of a configuration file, with its variables unresolved. @throws ConfigError */
export function readConfiguration(file: string): unknown {
  const refused = (...messages: string[]) =>
    new ConfigError(
      file,
      messages.map((message) => ({ path: [], message })),
    );
  const text = read(file, refused);
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    // The library's message quotes the text, which may be a key.
    const lines = document.errors.map(
      ({ linePos, code }) => `line ${linePos?.[0].line}: invalid YAML (${code})`,
    );
    throw refused(...new Set(lines));
  }
  try {
    return document.toJS();
  } catch {
    throw refused('an alias (*NAME) has no anchor (&NAME): put text that begins with * in quotes');
  }
}

function read(file: string, refused: (message: string) => ConfigError): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = errorCode(error);
    const reason =
      code === 'ENOENT'
        ? 'no such file; create it (see docs/configuration.md)'
        : `it cannot be read (${code}); check its permissions`;
    throw refused(`${reason} or set COHORT_EXPORT_CONFIG to another file`);
  }
}

export interface Resolved {
  /** With every `${NAME}` replaced; by nothing where there is a problem. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
}

/** Replaces `${NAME}` in every text of a value by the variable of that name. */
export function resolveVariables(value: unknown, environment: Environment): Resolved {
  const problems: Problem[] = [];
  const lookUp = (path: readonly PropertyKey[], name: string): string => {
    // Only its own: every object has `constructor` and others.
    const found = Object.hasOwn(environment, name) ? environment[name] : undefined;
    if (found) return found;
    const message = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name)
      ? `the environment variable ${name} is ${found === undefined ? 'not set' : 'empty'}`
      : `\${…} must contain only the name of an environment variable`;
    problems.push({ path, message });
    return '';
  };
  return { value: replace(value, [], lookUp), problems };
}

function replace(
  value: unknown,
  path: readonly PropertyKey[],
  lookUp: (path: readonly PropertyKey[], name: string) => string,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^}]*)\}/g, (_, name: string) => lookUp(path, name));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => replace(item, [...path, index], lookUp));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, replace(item, [...path, key], lookUp)]),
  );
}

/** Whether two paths lead to the same field. */
export function isSamePath(a: readonly PropertyKey[], b: readonly PropertyKey[]): boolean {
  return pathText(a) === pathText(b);
}
