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
import type { Column, QueryMemory, RowSource, SourceData } from '../../domain/source-port.ts';
import { adviceOn } from './advice.ts';
import { columnCells } from './cells.ts';
import { columnTest } from './column-names.ts';
import { withFileNames } from './computed-names.ts';
import { withFormats } from './csv-format.ts';
import { dataOf } from './data-directory.ts';
import { engineError } from './engine-error.ts';
import { type QueryText, queryFailed } from './error-text.ts';
import { checkFiles } from './file-contents.ts';
import { fileReads, type ReadStatement } from './file-reads.ts';
import { headerAdvice } from './header-advice.ts';
import { refuseJsonText } from './json-text.ts';
import { type Confinement, type LockedDatabase, openLockedDatabase } from './lockdown.ts';
import { lossWarnings, refuseLosses } from './lossy-parameters.ts';
import { refuseMixedComparisons } from './mixed-comparisons.ts';
import { refuseGuessedHeaders } from './named-columns.ts';
import { refuseMixedTypes } from './parquet-types.ts';
import type { SplicedText } from './splices.ts';
import { checkStatement } from './statement.ts';
import { orderWarnings } from './text-order.ts';
import { readExactly } from './text-reading.ts';
import { typeName } from './unfit-type.ts';

const RUN_WITHOUT_RESULT = 'EXPLAIN ANALYZE ';
const INTERRUPT_EVERY_MS = 10;

interface DuckdbQuery extends Confinement, QueryMemory {
  /** One statement that only reads. */
  readonly query: string;
}

/**
 * Starts a query over the files of a directory, which must be the working directory of this process.
 * Use a process of its own: DuckDB's native code has the environment and memory of the process.
 * `getvariable('scheduled_time')` is a TIMESTAMP in UTC.
 * @throws ExportError `QueryFailed`; where the query is not at fault, another that is retried
 */
export async function openDuckdbQuery(source: DuckdbQuery): Promise<RowSource> {
  if (process.cwd() !== source.directory) {
    throw new Error('openDuckdbQuery needs its directory as the working directory');
  }
  // What DuckDB spills is as personal as what is staged.
  process.umask(0o077);
  const { query: typed, directory, memoryMb, isMemoryShare } = source;
  const text: QueryText = { query: typed, directory, memoryMb, isMemoryShare };
  const database = await openLockedDatabase(source);
  try {
    const query = await prepareQuery(database.connection, text);
    const warnings = [
      ...lossWarnings(query.reads),
      ...(await orderWarnings(query, database.connection)),
    ];
    // Before they are read: a file that is written meanwhile must not look newer than what was read.
    const data = (await dataOf(query, database.connection)) ?? undefined;
    const result = await start(database.connection, query);
    return new DuckdbRows(database, result, query, { warnings, data });
  } catch (error) {
    database[Symbol.dispose]();
    throw error;
  }
}

/** A checked query, with the text that runs for it. */
interface PreparedQuery extends ReadStatement {
  readonly sql: SplicedText;
}

async function prepareQuery(connection: DuckDBConnection, text: QueryText): Promise<PreparedQuery> {
  const statement = await checkStatement(connection, text);
  const found = await withFileNames(connection, fileReads(statement), text.query);
  await checkFiles(connection, found, text);
  await refuseLosses(connection, found);
  const reads = await withFormats(connection, { ...text, statement, reads: found });
  const query = { ...text, statement, reads };
  await refuseMixedTypes(connection, query, columnTest(query));
  const sql = await readExactly(connection, query);
  await refuseJsonText(connection, query);
  return { ...query, sql };
}

async function start(connection: DuckDBConnection, query: PreparedQuery): Promise<DuckDBResult> {
  try {
    const statements = await connection.extractStatements(query.sql.text);
    const statement = await statements.prepare(0);
    try {
      // Checked before, too: what runs is what was checked, or nothing.
      if (statements.count === 1 && statement.statementType === StatementType.SELECT) {
        refuseGuessedHeaders(query.reads);
        await refuseMixedComparisons(connection, query);
        return await statement.stream();
      }
    } finally {
      statement.destroySync();
    }
  } catch (error) {
    if (error instanceof ExportError) throw error;
    throw await failed(error, query, connection);
  }
  throw new ExportError(
    'QueryFailed',
    'The query was refused. It is not a single SELECT statement.',
  );
}

/** @param shift how many bytes the statement that ran has before the query */
async function failed(
  error: unknown,
  query: PreparedQuery,
  connection: DuckDBConnection,
  shift = 0,
): Promise<ExportError> {
  const said = engineError(error, (place) => query.sql.original(place - shift));
  return queryFailed(said, query, await adviceOn(said, query, connection));
}

class DuckdbRows implements RowSource {
  readonly columns: readonly Column[];
  readonly warnings: readonly string[];
  readonly data: SourceData | undefined;
  readonly #types: readonly DuckDBType[];
  readonly #database: LockedDatabase;
  readonly #result: DuckDBResult;
  readonly #query: PreparedQuery;
  /** DuckDB makes the next chunk while the last one is handled. */
  #next: Promise<DuckDBDataChunk | null>;
  #disposed = false;

  constructor(
    database: LockedDatabase,
    result: DuckDBResult,
    query: PreparedQuery,
    { warnings, data }: Required<Pick<RowSource, 'warnings' | 'data'>>,
  ) {
    this.warnings = warnings;
    this.data = data;
    this.#database = database;
    this.#result = result;
    this.#query = query;
    this.#types = result.columnTypes();
    const names = result.columnNames();
    this.columns = this.#types.map((type, index) => ({
      name: names[index] ?? '',
      type: typeName(type),
    }));
    this.#next = this.#fetch();
  }

  get query(): string {
    return this.#query.query;
  }

  async explainColumns(): Promise<string> {
    return await headerAdvice(this.#query, this.#database.connection);
  }

  async read(): Promise<RowBatch | null> {
    const chunk = await this.#next;
    // Otherwise another fetch would run while the database is being closed.
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
    const chunk = await this.#result.fetchChunk().catch(async (error: unknown) => {
      throw await failed(error, this.#query, this.#database.connection);
    });
    if (chunk !== null && chunk.rowCount > 0) return chunk;
    // An error in the middle of a result looks like its end, and only shows here.
    if (this.#result.returnType === ResultReturnType.INVALID) throw await this.#whyItStopped();
    return null;
  }

  /** DuckDB does not report an error in the middle of a result, so the query runs again without one. */
  async #whyItStopped(): Promise<ExportError> {
    const unknown = new ExportError(
      'SourceUnavailable',
      'DuckDB stopped in the middle of the result, and running the query again did not reproduce the error. Was a file written to while it was being read?',
      'backoff',
    );
    if (this.#disposed) return unknown;
    const { sql } = this.#query;
    return await this.#database.connection.run(`${RUN_WITHOUT_RESULT}${sql.text}`).then(
      () => unknown,
      (error: unknown) =>
        failed(error, this.#query, this.#database.connection, RUN_WITHOUT_RESULT.length),
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
