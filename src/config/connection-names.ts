import { existsSync, readFileSync } from 'node:fs';
import { parseDocument } from 'yaml';
import { didYouMean } from '../domain/nearest.ts';
import type { FileProblem } from '../schedules/schedule-file.ts';
import { ConfigError, type Environment } from './config.ts';

/** What a configuration says that is no secret and needs no variable to be set. */
export interface ConnectionNames {
  readonly file: string;
  /** `null` where the file leaves it to the default. */
  readonly taskQueue: string | null;
  readonly connections: Readonly<Record<Section, readonly string[]>>;
}

type Section = 'braze' | 'duckdb' | 'treasureData';

/**
 * The names in a configuration; `null` where there is none.
 * @throws ConfigError if it cannot be understood, or if one is named that is not there.
 */
export function readConnectionNames(
  file: string,
  environment: Environment,
): ConnectionNames | null {
  if (!existsSync(file)) {
    if (!environment.COHORT_EXPORT_CONFIG) return null;
    throw new ConfigError(file, ['there is no such file; COHORT_EXPORT_CONFIG names it']);
  }
  const config = parse(file);
  const names = (section: Section) => Object.keys(mapping(config[section]));
  return {
    file,
    taskQueue: taskQueueOf(file, mapping(config.worker).taskQueue, environment),
    connections: {
      braze: names('braze'),
      duckdb: names('duckdb'),
      treasureData: names('treasureData'),
    },
  };
}

/** Connections that an export names, or uses by default, and that a configuration does not have. */
export function unknownConnections(input: unknown, names: ConnectionNames): FileProblem[] {
  const { connection, source } = mapping(input);
  const { type, connection: from } = mapping(source);
  const problems = check('export.connection', connection ?? 'main', 'braze', names);
  if (type !== 'duckdb' && type !== 'treasureData') return problems;
  const byDefault = type === 'duckdb' ? 'local' : 'main';
  return [...problems, ...check('export.source.connection', from ?? byDefault, type, names)];
}

function check(
  path: string,
  name: unknown,
  section: Section,
  { file, connections }: ConnectionNames,
): FileProblem[] {
  const known = connections[section];
  if (typeof name !== 'string' || known.includes(name)) return [];
  const others =
    known.length === 0 ? ', nor any other' : didYouMean(name, known) || `; it has ${listed(known)}`;
  return [{ path, message: `${file} has no connection "${name}" under ${section}${others}` }];
}

function listed(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

function parse(file: string): Readonly<Record<string, unknown>> {
  const problem = (what: string) => new ConfigError(file, [what]);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw problem(`it cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  const document = parseDocument(text);
  const [error] = document.errors;
  // The library's words quote the text, and a key may be there.
  if (error) throw problem(`line ${error.linePos?.[0].line}: is not YAML (${error.code})`);
  try {
    return mapping(document.toJS());
  } catch {
    throw problem('it has an alias (*NAME) without its anchor (&NAME)');
  }
}

function taskQueueOf(file: string, typed: unknown, environment: Environment): string | null {
  if (typed === undefined) return null;
  const problem = (what: string) => new ConfigError(file, [`worker.taskQueue: ${what}`]);
  if (typeof typed !== 'string') throw problem('must be text; put it in quotes');
  const taskQueue = typed.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const value = environment[name];
    if (!value) throw problem(`the environment variable ${name} is not set, or empty`);
    return value;
  });
  if (taskQueue.trim() === '') throw problem('must not be empty');
  return taskQueue;
}

function mapping(value: unknown): Readonly<Record<string, unknown>> {
  const isMapping = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMapping ? (value as Record<string, unknown>) : {};
}
