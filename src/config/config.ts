import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type {
  ConnectionsByType,
  ConnectionType,
  PrivateFiles,
  ProxySettings,
} from '../domain/connection-type.ts';
import {
  below,
  fieldsOf,
  isMapping,
  type Problem,
  problemsOf,
  problemText,
} from '../domain/problems.ts';
import { cacheDirectory } from './cache-directory.ts';
import { readCertificates } from './certificates.ts';
import type { Environment } from './environment.ts';
import {
  ConfigError,
  configurationFile,
  isSamePath,
  readConfiguration,
  resolveVariables,
} from './file.ts';
import { proxyProblems, readProxy } from './proxy.ts';
import { memoryOfEach, PERCENT_OF_MACHINE } from './query-memory.ts';
import { configSchema, knownFields, type Settings } from './schema.ts';

export type WorkerSettings = Settings['worker'] & {
  /** Absolute. */
  readonly scratchDirectory: string;
  /** Whether `memoryPerQuery` is less than what was configured, as the machine has too little. */
  readonly isMemoryShare: boolean;
};

/** A worker's configuration, checked: defaults filled in, variables resolved, paths absolute. */
export interface Config extends Omit<Settings, 'worker'> {
  readonly worker: WorkerSettings;
  readonly connections: ConnectionsByType;
  readonly file: string;
  readonly proxy: ProxySettings;
  /** For what can be made again. */
  readonly cacheDirectory: string;
  /** Variables that tell Node which certificates to trust. */
  readonly certificates: Readonly<Record<string, string>>;
  /** What is allowed but unwise, one line each. */
  readonly warnings: readonly string[];
}

/**
 * Reads the file that `COHORT_EXPORT_CONFIG` names, else `cohort-export.yaml` in `directory`.
 * @param types of sources and destinations, each with a section of its own
 * @throws ConfigError
 */
export function loadConfig(
  environment: Environment,
  directory: string,
  types: readonly ConnectionType[],
): Config {
  const file = configurationFile(environment, directory);
  const base = dirname(file);
  const { value: written, problems } = resolveVariables(readConfiguration(file), environment);
  const parsed = configSchema(types).safeParse(withoutEmptySections(written));
  const fieldProblems = parsed.success ? [] : problemsOf(parsed.error, knownFields(types));
  const all = [
    ...problems,
    // A variable that is not set has its problem already.
    ...fieldProblems.filter(
      ({ path }) => !problems.some((problem) => isSamePath(problem.path, path)),
    ),
    ...types.flatMap((type) => connectionProblems(type, written, base)),
    ...proxyProblems(environment),
  ];
  if (!parsed.success || all.length > 0) throw new ConfigError(file, all);
  const { staging: typed, worker: typedWorker, notifications, ...others } = parsed.data;
  const sections = others as Sections;
  const { directory: typedDirectory } = typed;
  const stagingDirectory = typedDirectory === undefined ? null : resolve(base, typedDirectory);
  const staging = { ...typed, ...(stagingDirectory && { directory: stagingDirectory }) };
  const worker = workerSettings(typedWorker, base);
  const proxy = readProxy(environment);
  const connections = Object.fromEntries(
    types.map((type) => [type.type, connectionsOf(type, sections[type.type] ?? {}, base, proxy)]),
  );
  const files = {
    configuration: file,
    stagingDirectory,
    scratchDirectory: worker.scratchDirectory,
  };
  return {
    staging,
    worker,
    notifications,
    connections,
    file,
    proxy,
    cacheDirectory: cacheDirectory(environment, directory),
    certificates: readCertificates(environment),
    warnings: [
      ...types.flatMap((type) => warningsOf(type, connections[type.type] ?? {}, files)),
      ...(worker.isMemoryShare ? [memoryWarning(typedWorker, worker)] : []),
    ],
  };
}

function workerSettings(typed: Settings['worker'], base: string): WorkerSettings {
  const { scratchDirectory, maxConcurrentQueries, memoryPerQuery } = typed;
  const memory = memoryOfEach(maxConcurrentQueries, memoryPerQuery);
  return {
    ...typed,
    memoryPerQuery: memory,
    isMemoryShare: memory < memoryPerQuery,
    scratchDirectory:
      scratchDirectory === undefined
        ? join(tmpdir(), `cohort-export-${process.getuid?.()}`)
        : resolve(base, scratchDirectory),
  };
}

function memoryWarning(typed: Settings['worker'], { memoryPerQuery }: WorkerSettings): string {
  const { maxConcurrentQueries, memoryPerQuery: wanted } = typed;
  return problemText({
    path: ['worker', 'memoryPerQuery'],
    message: `each query gets ${memoryPerQuery} MB instead of ${wanted} MB, because all queries together (worker.maxConcurrentQueries: ${maxConcurrentQueries}) may use ${PERCENT_OF_MACHINE} % of the machine's memory: lower one of the two settings, or give the machine more memory`,
  });
}

type Sections = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** `worker:` with nothing below it is a section that was left out. */
function withoutEmptySections(config: unknown): unknown {
  if (!isMapping(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([, section]) => section !== null));
}

function connectionProblems(
  { type, problems }: ConnectionType,
  written: unknown,
  baseDirectory: string,
): Problem[] {
  const sections = Object.entries(fieldsOf(fieldsOf(written)[type]));
  return sections.flatMap(([name, section]) => {
    // Otherwise zod would drop it silently.
    if (name === '__proto__') {
      const message = 'must have another name: "__proto__" is reserved';
      return [{ path: [type, name], message }];
    }
    return isMapping(section) && problems !== undefined
      ? below([type, name], problems(section, { baseDirectory }))
      : [];
  });
}

function connectionsOf(
  type: ConnectionType,
  sections: Readonly<Record<string, object>>,
  baseDirectory: string,
  proxy: ProxySettings,
): Record<string, object> {
  return Object.fromEntries(
    Object.entries(sections).map(([name, section]) => [
      name,
      type.connection(section, { name, baseDirectory, proxy }),
    ]),
  );
}

function warningsOf(
  { type, warnings }: ConnectionType,
  connections: Readonly<Record<string, object>>,
  files: PrivateFiles,
): string[] {
  return Object.entries(connections).flatMap(([name, connection]) =>
    below([type, name], warnings?.(connection, files) ?? []).map(problemText),
  );
}
