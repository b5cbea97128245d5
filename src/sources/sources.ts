import type { SourceSpec } from '../domain/export-input.ts';
import { ExportError } from '../domain/failures.ts';
import { didYouMean } from '../domain/nearest.ts';
import type { QueryJob, QueryJobs } from '../domain/ports.ts';
import type { SourceJob, SourceType } from './source-job.ts';
import { TreasureDataApi } from './treasure-data/api.ts';
import type { TreasureDataConnection } from './treasure-data/connection.ts';
import { TreasureDataJobs } from './treasure-data/query-jobs.ts';

export interface SourceConnections {
  readonly duckdb: Readonly<Record<string, { readonly directory: string }>>;
  readonly treasureData: Readonly<Record<string, TreasureDataConnection>>;
}

/** The sources that a worker can read, by the connections of its configuration. */
export class Sources {
  readonly #connections: SourceConnections;
  readonly #apis = new Map<string, TreasureDataApi>();

  constructor(connections: SourceConnections) {
    this.#connections = connections;
  }

  /** Those that have a connection. */
  get types(): readonly SourceType[] {
    const types = ['duckdb', 'treasureData'] as const;
    return types.filter((type) => Object.keys(this.#connections[type]).length > 0);
  }

  /** @throws ExportError `UnknownConnection` where the source names one that is not there */
  check(source: SourceSpec): void {
    if (source.type === 'duckdb') find('duckdb', this.#connections.duckdb, source.connection);
    else find('treasureData', this.#connections.treasureData, source.connection);
  }

  /** Where a source's query runs as a job. @throws ExportError `UnknownConnection` */
  queryJobs({ connection: name }: { readonly connection: string }): QueryJobs {
    const connection = find('treasureData', this.#connections.treasureData, name);
    const api = this.#apis.get(name) ?? new TreasureDataApi(connection);
    this.#apis.set(name, api);
    return new TreasureDataJobs(api);
  }

  /**
   * What a staging process is to read.
   * @param job what the source's query ran as; `null` for a source that runs it while it is read
   * @throws ExportError `UnknownConnection`
   */
  stagingJob(source: SourceSpec, scheduledTime: string, job: QueryJob | null): SourceJob {
    const { duckdb, treasureData } = this.#connections;
    if (source.type === 'duckdb') {
      const { directory } = find('duckdb', duckdb, source.connection);
      return { type: 'duckdb', directory, query: source.query, scheduledTime };
    }
    if (job === null) throw new Error('the query of this source has not been run');
    const connection = find('treasureData', treasureData, source.connection);
    return { type: 'treasureData', connection, job };
  }

  async close(): Promise<void> {
    await Promise.all([...this.#apis.values()].map((api) => api[Symbol.asyncDispose]()));
  }
}

function find<T>(section: string, connections: Readonly<Record<string, T>>, name: string): T {
  const connection = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (connection === undefined) throw unknownConnection(section, name, Object.keys(connections));
  return connection;
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
