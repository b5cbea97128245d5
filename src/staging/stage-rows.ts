import { Batcher, type OnBatch } from '../domain/batches.ts';
import { planChunks } from '../domain/chunk-plan.ts';
import { type IdentifierColumn, planColumns } from '../domain/columns.ts';
import type { Operation, RequestFormat } from '../domain/destination-port.ts';
import { ExportError, stackFrames } from '../domain/failures.ts';
import { cellProblem, hasIdentifier } from '../domain/identifiers.ts';
import { OddIdentifiers } from '../domain/odd-identifiers.ts';
import { RejectReasons } from '../domain/reject-reasons.ts';
import { identifiersIn } from '../domain/report.ts';
import { writeRows } from '../domain/row-ranges.ts';
import type { Cell, RowBatch } from '../domain/rows.ts';
import type { RowSource } from '../domain/source-port.ts';
import type { Reject, StagedRows, StagingWriter } from '../domain/staging-port.ts';
import { maskValue } from '../redaction/mask-value.ts';
import { listNames } from '../redaction/names.ts';
import { type IsTyped, wordsTypedIn } from '../redaction/typed.ts';
import { REQUESTS_PER_FILE } from './layout.ts';

export interface StageOptions {
  readonly operation: Operation;
  readonly aliases: readonly string[];
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
  readonly format: RequestFormat;
  /** Called with the rows read so far, after each batch. */
  readonly onProgress: (rows: number) => void;
}

/**
 * Validates a result's rows and stages them as requests, in memory that does not grow with the rows.
 * On an error nothing is committed.
 * @throws ExportError `MissingColumns`, `InvalidRecord`, or what the source or the staging throws.
 */
export async function stageRows(
  source: RowSource,
  writer: StagingWriter,
  options: StageOptions,
): Promise<StagedRows> {
  return await orAbandon(writer, async () => {
    try {
      return await new RowStager(source, writer, options).stage();
    } catch (error) {
      throw await explained(error, source);
    }
  });
}

/** Does work of an attempt to stage rows, and abandons the attempt where the work fails. */
export async function orAbandon<T>(writer: StagingWriter, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await abandon(writer, { keepRejects: false });
    throw error;
  }
}

async function explained(error: unknown, source: RowSource): Promise<unknown> {
  if (!(error instanceof ExportError) || error.type !== 'MissingColumns') return error;
  const why = (await source.explainColumns?.()) ?? '';
  return why === '' ? error : new ExportError(error.type, `${error.message} ${why}`, error.retry);
}

/** The failure of the attempt matters more, so files that stay behind are only logged. */
async function abandon(
  writer: StagingWriter,
  options: { readonly keepRejects: boolean },
): Promise<string | null> {
  try {
    return await writer.abandon(options);
  } catch (error) {
    const why = error instanceof ExportError ? error.message : stackFrames(error);
    console.error(`A failed attempt to stage rows was not cleaned up: ${why}`);
    return null;
  }
}

class RowStager {
  readonly #source: RowSource;
  readonly #writer: StagingWriter;
  readonly #options: StageOptions;
  readonly #columns: readonly IdentifierColumn[];
  readonly #ignored: readonly string[];
  readonly #isTyped: IsTyped;
  readonly #batcher: Batcher;
  readonly #odd = new OddIdentifiers();
  readonly #identifiers = { userIds: 0, deviceIds: 0, aliases: 0 };
  readonly #reasons = new RejectReasons();
  #requests = 0;
  #fullestRequest = 0;
  #read = 0;
  #rejected = 0;
  #firstReject = '';

  constructor(source: RowSource, writer: StagingWriter, options: StageOptions) {
    this.#source = source;
    this.#writer = writer;
    this.#options = options;
    const names = source.columns.map((column) => column.name);
    this.#isTyped = wordsTypedIn(source.query);
    const plan = planColumns(names, options.aliases, this.#isTyped);
    this.#columns = plan.columns;
    this.#ignored = plan.ignored;
    const { format, operation, skipOnInvalidRecord } = options;
    const onBatch: OnBatch = (batch, counts, rows) => {
      writer.append(format.encode(batch, operation), counts, rows && writeRows(rows));
      this.#identifiers.userIds += counts.userIds;
      this.#identifiers.deviceIds += counts.deviceIds;
      this.#identifiers.aliases += counts.aliases;
      this.#requests += 1;
      this.#fullestRequest = Math.max(this.#fullestRequest, identifiersIn(counts));
      if (this.#requests % REQUESTS_PER_FILE === 0) this.#batcher.forgetRepeats();
    };
    this.#batcher = new Batcher(plan.columns, format.limits, onBatch, skipOnInvalidRecord);
  }

  async stage(): Promise<StagedRows> {
    for (let rows = await this.#source.read(); rows !== null; rows = await this.#source.read()) {
      await this.#addRows(rows);
      this.#options.onProgress(this.#read);
    }
    this.#batcher.flush();
    if (this.#read > 0 && this.#rejected === this.#read) throw await this.#nothingValid();
    return this.#writer.commit({
      chunks: planChunks(this.#requests, this.#options.threadCount),
      rows: { read: this.#read, accepted: this.#read - this.#rejected, rejected: this.#rejected },
      identifiers: { ...this.#identifiers, repeated: this.#batcher.repeated },
      fullestRequest: this.#fullestRequest,
      rejectReasons: this.#reasons.list(),
      warnings: this.#warnings(),
      ...(this.#source.data === undefined ? {} : { data: this.#source.data }),
    });
  }

  async #addRows(rows: RowBatch): Promise<void> {
    const cells = this.#columns.map((column) => rows.cells(column.index));
    for (let row = 0; row < rows.rowCount; row += 1) {
      this.#addRow(cells, row);
      // Not only after each batch: a cell may be a list of any length.
      if (this.#writer.isFull) await this.#writer.drain();
    }
  }

  #addRow(cells: readonly (readonly Cell[])[], row: number): void {
    this.#read += 1;
    const reject = this.#check(cells, row);
    if (reject !== null) {
      this.#reject(reject);
      return;
    }
    for (let column = 0; column < cells.length; column += 1) {
      this.#add(column, (cells[column] as readonly Cell[])[row] as Cell);
    }
  }

  #check(cells: readonly (readonly Cell[])[], row: number): Reject | null {
    let empty = true;
    for (let c = 0; c < cells.length; c += 1) {
      const cell = (cells[c] as readonly Cell[])[row] as Cell;
      const problem = cellProblem(cell, this.#options.format.identifierProblem);
      if (problem !== null) {
        const column = (this.#columns[c] as IdentifierColumn).name;
        return { row: this.#read, column, reason: problem.reason, value: maskValue(problem.value) };
      }
      empty &&= !hasIdentifier(cell);
    }
    if (!empty) return null;
    const names = this.#columns.map((column) => column.name).join(', ');
    return {
      row: this.#read,
      column: null,
      reason: `has no identifier: NULL or empty in ${names}`,
      value: null,
    };
  }

  #add(column: number, cell: Cell): void {
    if (typeof cell === 'string') {
      if (cell === '') return;
      this.#batcher.add(column, cell, this.#read);
      this.#odd.add((this.#columns[column] as IdentifierColumn).name, cell);
    } else if (Array.isArray(cell)) {
      for (const value of cell) this.#add(column, value);
    }
  }

  #reject(reject: Reject): void {
    this.#rejected += 1;
    this.#reasons.add(reject);
    if (this.#options.skipOnInvalidRecord) {
      this.#firstReject ||= describe(reject);
      this.#writer.reject(reject);
      return;
    }
    throw new ExportError(
      'InvalidRecord',
      `${describe(reject)}. Nothing was sent. Correct the query, or set skipOnInvalidRecord to true to skip such rows.`,
    );
  }

  async #nothingValid(): Promise<ExportError> {
    const rejects = await abandon(this.#writer, { keepRejects: true });
    const where =
      rejects === null
        ? 'The rejects file could not be kept'
        : `The rejects file has the reason for each row: ${rejects}`;
    return new ExportError(
      'InvalidRecord',
      `${this.#read === 1 ? 'The only row is' : `All ${this.#read} rows are`} invalid, so nothing was sent. ${this.#firstReject}. ${where}. Correct the query.`,
    );
  }

  #warnings(): string[] {
    const warnings = [...(this.#source.warnings ?? [])];
    if (this.#read === 0) {
      warnings.push('The query returned no rows, so no members were sent.');
    }
    if (this.#ignored.length > 0) {
      warnings.push(`These columns were ignored: ${listNames(this.#ignored, this.#isTyped)}.`);
    }
    warnings.push(...this.#odd.warnings());
    const { repeated } = this.#batcher;
    if (repeated > 0) {
      warnings.push(
        `${repeated} duplicate ${repeated === 1 ? 'identifier was' : 'identifiers were'} left out. Duplicates that are further apart are sent and may cost a data point each: use SELECT DISTINCT.`,
      );
    }
    return warnings;
  }
}

function describe({ row, column, reason }: Reject): string {
  return column === null ? `Row ${row} ${reason}` : `Row ${row}, column "${column}": ${reason}`;
}
