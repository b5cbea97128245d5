import { readFileSync, realpathSync } from 'node:fs';
import { dirname, isAbsolute, relative, resolve } from 'node:path';
import { parseDocument, type YAMLError } from 'yaml';
import type { z } from 'zod';
import { describeProblems, pathText } from '../domain/problems.ts';
import type { ProxySettings } from '../http/agent.ts';
import type { TreasureDataConnection } from '../sources/treasure-data/connection.ts';
import { readCertificates } from './certificates.ts';
import { crossCheck } from './cross-checks.ts';
import { proxyProblems, readProxy } from './proxy.ts';
import { configSchema, knownFields } from './schema.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** A worker's configuration, checked: defaults filled in, variables resolved, paths absolute. */
type Settings = z.output<typeof configSchema>;

export interface Config extends Omit<Settings, 'treasureData'> {
  readonly treasureData: Readonly<Record<string, TreasureDataConnection>>;
  readonly file: string;
  readonly proxy: ProxySettings;
  /** Variables that tell Node which certificates to trust. */
  readonly certificates: Readonly<Record<string, string>>;
  /** What is allowed but unwise, one line each. */
  readonly warnings: readonly string[];
}

/** The configuration cannot be used; the message lists every problem with its path in the file. */
export class ConfigError extends Error {
  constructor(file: string, problems: readonly string[]) {
    super(`The configuration ${file} cannot be used:\n- ${problems.join('\n- ')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the file that `COHORT_EXPORT_CONFIG` names, else `cohort-export.yaml` in `directory`.
 * @throws ConfigError
 */
export function loadConfig(environment: Environment, directory: string): Config {
  const file = configurationFile(environment, directory);
  const problems: string[] = [];
  const variables = new Set<string>();
  const resolved = resolveVariables(parseYaml(file, readConfig(file)), [], (path, name) => {
    const value = environment[name];
    if (value) return value;
    variables.add(pathText(path));
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
      problems.push(
        `${pathText(path)}: \${…} must hold the name of an environment variable and nothing else`,
      );
      return '';
    }
    problems.push(
      `${pathText(path)}: the environment variable ${name} is ${value === undefined ? 'not set' : 'empty'}`,
    );
    return '';
  });
  const parsed = configSchema.safeParse(withoutEmptySections(resolved));
  if (!parsed.success) {
    const others = describeProblems(parsed.error, knownFields);
    problems.push(
      ...others.filter((problem) => !variables.has(problem.slice(0, problem.indexOf(':')))),
    );
  }
  problems.push(...crossCheck(resolved, dirname(file)), ...proxyProblems(environment));
  if (!parsed.success || problems.length > 0) throw new ConfigError(file, problems);
  const config = resolvePaths(parsed.data, dirname(file));
  const proxy = readProxy(environment);
  return {
    ...config,
    file,
    proxy,
    treasureData: treasureDataConnections(config, proxy),
    certificates: readCertificates(environment),
    warnings: warningsOf(config, file),
  };
}

/** The configuration that a worker started here would read. */
export function configurationFile(environment: Environment, directory: string): string {
  return resolve(directory, environment.COHORT_EXPORT_CONFIG || 'cohort-export.yaml');
}

function readConfig(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : 'unknown error';
    const reason = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new ConfigError(file, [
      `${reason}: write one (docs/configuration.md shows how), or name another in COHORT_EXPORT_CONFIG`,
    ]);
  }
}

function parseYaml(file: string, text: string): unknown {
  const document = parseDocument(text);
  if (document.errors.length > 0) {
    throw new ConfigError(file, [...new Set(document.errors.map(yamlProblem))]);
  }
  try {
    return document.toJS();
  } catch {
    // Its words quote the text, which may be a key.
    throw new ConfigError(file, [
      'it has an alias (*NAME) without its anchor (&NAME): put text that begins with * in quotes',
    ]);
  }
}

function yamlProblem({ linePos, code }: YAMLError): string {
  return `line ${linePos?.[0].line}: is not YAML (${code})`;
}

/** `worker:` with nothing below it is a section that was left out. */
function withoutEmptySections(config: unknown): unknown {
  if (typeof config !== 'object' || config === null || Array.isArray(config)) return config;
  return Object.fromEntries(Object.entries(config).filter(([, section]) => section !== null));
}

function resolveVariables(
  value: unknown,
  path: readonly PropertyKey[],
  lookUp: (path: readonly PropertyKey[], name: string) => string,
): unknown {
  if (typeof value === 'string') {
    return value.replace(/\$\{([^}]*)\}/g, (_, name: string) => lookUp(path, name));
  }
  if (Array.isArray(value)) {
    return value.map((item, index) => resolveVariables(item, [...path, index], lookUp));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      resolveVariables(item, [...path, key], lookUp),
    ]),
  );
}

function resolvePaths<T extends Settings>(config: T, base: string): T {
  const duckdb = Object.fromEntries(
    Object.entries(config.duckdb).map(([name, section]) => {
      return [name, { ...section, directory: realpathSync(resolve(base, section.directory)) }];
    }),
  );
  const staging = { ...config.staging, directory: resolve(base, config.staging.directory) };
  return { ...config, duckdb, staging };
}

function treasureDataConnections(
  { treasureData }: Settings,
  proxy: ProxySettings,
): Record<string, TreasureDataConnection> {
  return Object.fromEntries(
    Object.entries(treasureData).map(([name, section]) => [name, { name, ...section, proxy }]),
  );
}

function warningsOf(config: Settings, file: string): string[] {
  return Object.entries(config.duckdb).flatMap(([name, { directory }]) => {
    const inside = (path: string) => {
      const way = relative(directory, path);
      return !way.startsWith('..') && !isAbsolute(way);
    };
    const found = [
      inside(config.staging.directory) ? 'the staged rows of every export' : '',
      inside(file) ? 'this configuration' : '',
    ].filter((what) => what !== '');
    if (found.length === 0) return [];
    return [
      `duckdb.${name}.directory holds ${found.join(' and ')}, which its SQL can read: move the data to a directory of its own.`,
    ];
  });
}
