import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBResult,
  ResultReturnType,
  StatementType,
} from '@duckdb/node-api';
import type { DataFile } from './data-files.ts';

const INTERRUPT_EVERY_MS = 10;

const RUNS = new Set([
  StatementType.SELECT,
  StatementType.EXPLAIN,
  StatementType.INSERT,
  StatementType.UPDATE,
  StatementType.DELETE,
  StatementType.CREATE,
  StatementType.CREATE_FUNC,
  StatementType.DROP,
  StatementType.ALTER,
  StatementType.MERGE_INTO,
]);

/** They write outside the database, some to where the lockdown does not reach; or hide such a one. */
const REFUSED =
  /\b(?:(?:en|dis)able_(?:logging|profiling)\b|query(?:_table)?"?(?:\s|\/\*.*?\*\/|--[^\n]*\n)*\()/is;

export interface JobDatabaseSettings {
  /** Treasure Data's database: a schema in which the files are tables, too. */
  readonly database: string;
  readonly files: readonly DataFile[];
  /** A directory of its own, for what does not fit into memory. */
  readonly scratch: string;
  /** Seconds since the epoch, for `TD_SCHEDULED_TIME()`. */
  readonly scheduledTime: number;
  readonly signal: AbortSignal;
}

/**
 * A DuckDB database in memory for one job. The files are copied into it and then the file system is
 * closed to it: no statement can read anything else, or write anything at all.
 */
export class JobDatabase {
  readonly #instance: DuckDBInstance;
  readonly #connection: DuckDBConnection;
  readonly #settings: JobDatabaseSettings;
  /** Why files could not be read: of interest only if the query fails. */
  readonly #unreadable: string[] = [];
  #interrupting: NodeJS.Timeout | undefined;

  private constructor(
    instance: DuckDBInstance,
    connection: DuckDBConnection,
    settings: JobDatabaseSettings,
  ) {
    this.#instance = instance;
    this.#connection = connection;
    this.#settings = settings;
    settings.signal.addEventListener('abort', this.#interrupt);
  }

  static async open(settings: JobDatabaseSettings): Promise<JobDatabase> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: '1GB',
      threads: '2',
      temp_directory: settings.scratch,
      home_directory: settings.scratch,
      secret_directory: settings.scratch,
      extension_directory: settings.scratch,
      allow_persistent_secrets: 'false',
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const database = new JobDatabase(instance, await instance.connect(), settings);
    try {
      await database.#fill();
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** @throws Error with DuckDB's message */
  async run(query: string): Promise<DuckDBResult> {
    this.#settings.signal.throwIfAborted();
    if (REFUSED.test(query)) throw new Error('Permission Error: This function is not allowed');
    const statements = await this.#connection.extractStatements(query).catch(this.#explain);
    if (statements.count !== 1) {
      throw new Error(`A job runs exactly one statement, and this query has ${statements.count}`);
    }
    const statement = await statements.prepare(0).catch(this.#explain);
    if (!RUNS.has(statement.statementType)) {
      throw new Error(
        `Permission Error: ${StatementType[statement.statementType]} statements are not allowed`,
      );
    }
    return statement.stream().catch(this.#explain);
  }

  /** The rows of `run(query)`. @throws Error with DuckDB's message, or the signal's reason */
  async *chunks(query: string, result: DuckDBResult): AsyncGenerator<DuckDBDataChunk> {
    const { signal } = this.#settings;
    for (;;) {
      const chunk = await result.fetchChunk();
      signal.throwIfAborted();
      if (chunk === null || chunk.rowCount === 0) break;
      yield chunk;
    }
    if (result.returnType !== ResultReturnType.INVALID) return;
    // A stream that fails looks as if it had ended; only a second run tells why.
    await this.#connection.run(`EXPLAIN ANALYZE ${query}`);
    throw new Error('The query failed in the middle of its result');
  }

  close(): void {
    this.#settings.signal.removeEventListener('abort', this.#interrupt);
    clearInterval(this.#interrupting);
    this.#connection.disconnectSync();
    this.#instance.closeSync();
  }

  /** Again and again: DuckDB forgets an interrupt that comes just before a statement starts. */
  readonly #interrupt = (): void => {
    this.#interrupting = setInterval(() => this.#connection.interrupt(), INTERRUPT_EVERY_MS);
  };

  async #fill(): Promise<void> {
    const { database, files, scheduledTime, signal } = this.#settings;
    const schema = quoted(database);
    await this.#connection.run(`CREATE SCHEMA IF NOT EXISTS memory.${schema}`);
    for (const { name, table, path } of files) {
      signal.throwIfAborted();
      const own = `memory.main.${quoted(table)}`;
      const read = `CREATE TABLE ${own} AS FROM ${literal(path)}`;
      const isRead = await this.#connection.run(read).then(
        () => true,
        (error: Error) => {
          this.#unreadable.push(`${name}: ${error.message}`);
          return false;
        },
      );
      if (!isRead) continue;
      const views = [`memory.main.${quoted(name)}`, `memory.${schema}.${quoted(table)}`];
      for (const view of views.filter((each) => each !== own)) {
        await this.#connection.run(`CREATE VIEW ${view} AS FROM ${own}`);
      }
    }
    for (const statement of [
      `CREATE MACRO memory.main.td_scheduled_time() AS ${scheduledTime}::BIGINT`,
      "SET TimeZone = 'UTC'",
      'SET enable_external_access = false',
      'SET lock_configuration = true',
    ]) {
      await this.#connection.run(statement);
    }
  }

  readonly #explain = (error: Error): never => {
    throw new Error([...this.#unreadable, error.message].join('\n'), { cause: error });
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
