import { existsSync } from 'node:fs';
import { fieldsOf } from '../domain/problems.ts';
import type { Environment } from './environment.ts';
import { ConfigError, readConfiguration, resolveVariables } from './file.ts';

/** What a configuration says without its secrets, and without any variable being set. */
export interface ConnectionNames {
  readonly file: string;
  /** `null` where the file leaves it to the default. */
  readonly taskQueue: string | null;
  /** The names of the connections in a section of the file. */
  readonly connections: (section: string) => readonly string[];
}

/**
 * The names in a configuration; `null` where there is none.
 * @throws ConfigError if it is not valid, or if COHORT_EXPORT_CONFIG names a missing file.
 */
export function readConnectionNames(
  file: string,
  environment: Environment,
): ConnectionNames | null {
  if (!existsSync(file)) {
    if (!environment.COHORT_EXPORT_CONFIG) return null;
    const message = 'no such file (named by COHORT_EXPORT_CONFIG)';
    throw new ConfigError(file, [{ path: [], message }]);
  }
  const config = fieldsOf(readConfiguration(file));
  return {
    file,
    taskQueue: taskQueueOf(file, fieldsOf(config.worker).taskQueue, environment),
    connections: (section) => Object.keys(fieldsOf(config[section])),
  };
}

function taskQueueOf(file: string, typed: unknown, environment: Environment): string | null {
  if (typed === undefined) return null;
  const path = ['worker', 'taskQueue'];
  const refused = (message: string) => new ConfigError(file, [{ path, message }]);
  if (typeof typed !== 'string') throw refused('must be text; put it in quotes');
  const { value, problems } = resolveVariables(typed, environment);
  if (problems.length > 0) {
    throw new ConfigError(
      file,
      problems.map(({ message }) => ({ path, message })),
    );
  }
  const taskQueue = String(value);
  if (taskQueue.trim() === '') throw refused('must not be empty');
  return taskQueue;
}
