import type { DuckdbSource, SourceSpec } from '../domain/export-input.ts';
import { ExportError } from '../domain/failures.ts';
import { didYouMean } from '../domain/nearest.ts';

/** All that a staging process needs to run a query: plain data, handed over when it starts. */
export type SourceJob = DuckdbJob;

export interface DuckdbJob {
  readonly type: 'duckdb';
  /** Absolute and without symbolic links; also the process's working directory. */
  readonly directory: string;
  readonly query: string;
  /** ISO 8601, UTC: the nominal time of the run. */
  readonly scheduledTime: string;
}

export interface SourceConnections {
  readonly duckdb: Readonly<Record<string, { readonly directory: string }>>;
}

/** Finds the connection that a source names. @throws ExportError `UnknownConnection` */
export function resolveSource(
  connections: SourceConnections,
  source: SourceSpec,
  scheduledTime: string,
): SourceJob {
  switch (source.type) {
    case 'duckdb':
      return resolveDuckdb(connections, source, scheduledTime);
    case 'treasureData':
      throw new ExportError(
        'UnknownConnection',
        'This version cannot read from Treasure Data yet. Use a source of type "duckdb".',
      );
  }
}

function resolveDuckdb(
  connections: SourceConnections,
  source: DuckdbSource,
  scheduledTime: string,
): DuckdbJob {
  const connection = Object.hasOwn(connections.duckdb, source.connection)
    ? connections.duckdb[source.connection]
    : undefined;
  if (connection === undefined) {
    throw unknownConnection('duckdb', source.connection, Object.keys(connections.duckdb));
  }
  return { type: 'duckdb', directory: connection.directory, query: source.query, scheduledTime };
}

/** `section` is the part of the configuration that holds connections of this kind. */
export function unknownConnection(
  section: string,
  name: string,
  known: readonly string[],
): ExportError {
  const hint =
    known.length === 0
      ? `The worker's configuration has none under ${section}`
      : `The worker's configuration has ${known.map((each) => `"${each}"`).join(', ')} under ${section}${didYouMean(name, known)}`;
  return new ExportError(
    'UnknownConnection',
    `There is no ${section} connection named "${name}". ${hint}. Name one of those, or add it there and restart the worker.`,
  );
}
