import {
  type DuckDBConnection,
  type DuckDBDataChunk,
  type DuckDBResult,
  type DuckDBType,
  ResultReturnType,
  StatementType,
} from '@duckdb/node-api';
import duckdb from '@duckdb/node-bindings';
import { ExportError } from '../../domain/failures.ts';
import type { Cell, RowBatch } from '../../domain/rows.ts';
import type { Column, RowSource } from '../../domain/source-port.ts';
import { columnCells } from './cells.ts';
import { engineFailed, type QueryText } from './error-text.ts';
import { type Confinement, type LockedDatabase, openLockedDatabase } from './lockdown.ts';
import { checkStatement } from './statement.ts';
import { typeName } from './unfit-type.ts';

const RUN_WITHOUT_RESULT = 'EXPLAIN ANALYZE ';
const INTERRUPT_EVERY_MS = 10;

interface DuckdbQuery extends Confinement {
  /** One statement that only reads. */
  readonly query: string;
}

/**
 * Starts a query over the files of a directory, in this process, whose working directory it must be
 * and which is best its own: DuckDB's native code has the environment and the memory of the process.
 * `getvariable('scheduled_time')` is a TIMESTAMP in UTC.
 * @throws ExportError `QueryFailed`
 */
export async function openDuckdbQuery(source: DuckdbQuery): Promise<RowSource> {
  if (process.cwd() !== source.directory) {
    throw new Error('openDuckdbQuery needs its directory as the working directory');
  }
  // What DuckDB spills is as personal as what is staged.
  process.umask(0o077);
  const text: QueryText = { query: source.query, directory: source.directory };
  const database = await openLockedDatabase(source);
  try {
    await checkStatement(database.connection, text);
    return new DuckdbRows(database, await start(database.connection, text), text);
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

async function start(connection: DuckDBConnection, text: QueryText): Promise<DuckDBResult> {
  try {
    const statements = await connection.extractStatements(text.query);
    const statement = await statements.prepare(0);
    try {
      // `checkStatement` has made sure of both: what runs is what was checked, or nothing.
      if (statements.count === 1 && statement.statementType === StatementType.SELECT) {
        return await statement.stream();
      }
    } finally {
      statement.destroySync();
    }
  } catch (error) {
    throw engineFailed(error, text);
  }
  throw new ExportError(
    'QueryFailed',
    'The query was refused. It is not a single SELECT statement.',
  );
}

class DuckdbRows implements RowSource {
  readonly columns: readonly Column[];
  readonly #types: readonly DuckDBType[];
  readonly #database: LockedDatabase;
  readonly #result: DuckDBResult;
  readonly #text: QueryText;
  /** DuckDB makes the next chunk while the last one is handled. */
  #next: Promise<DuckDBDataChunk | null>;
  #disposed = false;

  constructor(database: LockedDatabase, result: DuckDBResult, text: QueryText) {
    this.#database = database;
    this.#result = result;
    this.#text = text;
    this.#types = result.columnTypes();
    const names = result.columnNames();
    this.columns = this.#types.map((type, index) => ({
      name: names[index] ?? '',
      type: typeName(type),
    }));
    this.#next = this.#fetch();
  }

  get query(): string {
    return this.#text.query;
  }

  async read(): Promise<RowBatch | null> {
    const chunk = await this.#next;
    // Another fetch would be under way while the database is closed.
    if (chunk === null || this.#disposed) return null;
    this.#next = this.#fetch();
    return new DuckdbBatch(chunk, this.columns, this.#types);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#disposed = true;
    const interrupt = () => this.#database.connection.interrupt();
    interrupt();
    // Repeatedly: DuckDB forgets an interrupt that comes just before a statement starts.
    const interrupting = setInterval(interrupt, INTERRUPT_EVERY_MS);
    await this.#next.catch(() => null);
    clearInterval(interrupting);
    this.#database[Symbol.dispose]();
  }

  #fetch(): Promise<DuckDBDataChunk | null> {
    const next = this.#fetchChunk();
    // The next read gets the error; until then it must not count as unhandled.
    next.catch(() => null);
    return next;
  }

  async #fetchChunk(): Promise<DuckDBDataChunk | null> {
    const chunk = await this.#result.fetchChunk().catch((error: unknown) => {
      throw engineFailed(error, this.#text);
    });
    if (chunk !== null && chunk.rowCount > 0) return chunk;
    // An error in the middle of a result looks like its end, and only shows here.
    if (this.#result.returnType === ResultReturnType.INVALID) throw await this.#whyItStopped();
    return null;
  }

  /** DuckDB does not report an error in the middle of a result, so the query runs again without one. */
  async #whyItStopped(): Promise<ExportError> {
    const unknown = new ExportError(
      'QueryFailed',
      'DuckDB stopped in the middle of the result, and running the query again did not reproduce the error. Were its files being written to?',
      'backoff',
    );
    if (this.#disposed) return unknown;
    return await this.#database.connection.run(`${RUN_WITHOUT_RESULT}${this.#text.query}`).then(
      () => unknown,
      (error: unknown) => engineFailed(error, this.#text, RUN_WITHOUT_RESULT.length),
    );
  }
}

class DuckdbBatch implements RowBatch {
  readonly rowCount: number;
  readonly #chunk: DuckDBDataChunk;
  readonly #columns: readonly Column[];
  readonly #types: readonly DuckDBType[];

  constructor(chunk: DuckDBDataChunk, columns: readonly Column[], types: readonly DuckDBType[]) {
    this.rowCount = chunk.rowCount;
    this.#chunk = chunk;
    this.#columns = columns;
    this.#types = types;
  }

  cells(columnIndex: number): readonly Cell[] {
    const column = this.#columns[columnIndex];
    const type = this.#types[columnIndex];
    if (column === undefined || type === undefined)
      throw new RangeError(`No column ${columnIndex}`);
    const vector = duckdb.data_chunk_get_vector(this.#chunk.chunk, columnIndex);
    return columnCells(vector, type, this.rowCount, column.name);
  }
}
