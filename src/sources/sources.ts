import { type ConnectionsByType, findConnection } from '../domain/connection-type.ts';
import type {
  QueryJobs,
  ReadRun,
  SourceRead,
  SourceSpec,
  SourceType,
} from '../domain/source-port.ts';

/** The sources that a worker can read, by the connections of its configuration. */
export class Sources implements AsyncDisposable {
  readonly #types: readonly SourceType[];
  readonly #connections: ConnectionsByType;
  readonly #jobs = new Map<object, QueryJobs>();

  constructor(types: readonly SourceType[], connections: ConnectionsByType) {
    this.#types = types;
    this.#connections = connections;
  }

  /** The modules that read the sources which have a connection. */
  get readers(): readonly string[] {
    return this.#types
      .filter(({ type }) => Object.keys(this.#connections[type] ?? {}).length > 0)
      .map(({ reader }) => reader.href);
  }

  /**
   * Whether the source runs its query as a job, which comes before its rows can be read.
   * @throws ExportError `UnknownConnection` where it names one that is not there
   */
  runsAsJob(spec: SourceSpec): boolean {
    return this.#find(spec).type.openJobs !== undefined;
  }

  /** @throws ExportError `UnknownConnection` */
  jobs(spec: SourceSpec): QueryJobs {
    const { type, connection } = this.#find(spec);
    const jobs = this.#jobs.get(connection) ?? type.openJobs?.(connection);
    if (jobs === undefined) throw new Error(`${type.type} does not run queries as jobs`);
    this.#jobs.set(connection, jobs);
    return jobs;
  }

  /** What a staging process is to read. @throws ExportError `UnknownConnection` */
  read(spec: SourceSpec, run: ReadRun): SourceRead {
    const { type, connection } = this.#find(spec);
    return { reader: type.reader.href, data: type.readData(spec, connection, run) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#jobs.values()].map((jobs) => jobs[Symbol.asyncDispose]()));
  }

  #find(spec: SourceSpec): { readonly type: SourceType; readonly connection: object } {
    const type = this.#types.find((each) => each.type === spec.type);
    if (type === undefined) throw new Error(`there is no source type "${spec.type}"`);
    return { type, connection: findConnection(this.#connections, spec.type, spec.connection) };
  }
}
