import type { IdentifierColumn, IdentifierKind } from './columns.ts';
import type { KindCounts } from './report.ts';
import { SeenValues } from './seen-values.ts';

/** The identifiers of one request. */
export interface Batch {
  readonly userIds: readonly string[];
  readonly deviceIds: readonly string[];
  readonly aliases: readonly AliasGroup[];
}

/** Alias names that share an alias label. */
export interface AliasGroup {
  readonly label: string;
  readonly names: readonly string[];
}

/** How much a destination accepts in one request. */
export interface BatchLimits {
  readonly identifiers: number;
  /** UTF-16 units of all identifiers and labels, with `charactersPerAlias` more for each alias. */
  readonly characters: number;
  readonly charactersPerAlias: number;
}

const BATCH_ORDER: readonly IdentifierKind[] = ['userIds', 'deviceIds', 'aliases'];

interface ColumnBuffer {
  readonly kind: IdentifierKind;
  readonly label: string;
  /** What a value of this column takes beyond its own characters. */
  readonly overhead: number;
  readonly seen: SeenValues;
  values: string[];
  /** The row of each value; stays empty where rows are not kept. */
  rows: number[];
}

/** Receives a batch with the row of each identifier, if rows are kept, in the order of the batch. */
export type OnBatch = (batch: Batch, counts: KindCounts, rows: readonly number[] | null) => void;

/**
 * Gathers the identifiers of a result's columns into batches that fit into a request. A duplicate in a
 * column is left out and counted, until `forgetRepeats` is called at the end of a staged file.
 */
export class Batcher {
  repeated = 0;
  readonly #limits: BatchLimits;
  readonly #onFull: OnBatch;
  readonly #keepsRows: boolean;
  readonly #columns: readonly ColumnBuffer[];
  #identifiers = 0;
  #characters = 0;

  /** `onFull` receives each batch as it fills up. */
  constructor(
    columns: readonly IdentifierColumn[],
    limits: BatchLimits,
    onFull: OnBatch,
    keepsRows = false,
  ) {
    this.#limits = limits;
    this.#onFull = onFull;
    this.#keepsRows = keepsRows;
    this.#columns = columns.map(({ kind, name }) => ({
      kind,
      label: name,
      overhead: kind === 'aliases' ? name.length + limits.charactersPerAlias : 0,
      seen: new SeenValues(),
      values: [],
      rows: [],
    }));
  }

  /** Adds an identifier of a column, by the column's place in the list given to the constructor. */
  add(columnIndex: number, value: string, row = 0): void {
    const column = this.#columns[columnIndex] as ColumnBuffer;
    if (!column.seen.add(value)) {
      this.repeated += 1;
      return;
    }
    const characters = value.length + column.overhead;
    if (this.#characters + characters > this.#limits.characters) {
      this.flush();
      // The end of a staged file may just have forgotten it.
      column.seen.add(value);
    }
    column.values.push(value);
    if (this.#keepsRows) column.rows.push(row);
    this.#characters += characters;
    this.#identifiers += 1;
    if (this.#identifiers === this.#limits.identifiers) this.flush();
  }

  /** Hands over what has been gathered, if anything. */
  flush(): void {
    if (this.#identifiers === 0) return;
    const filled = this.#columns.filter((column) => column.values.length > 0);
    const batch = {
      userIds: valuesOf(filled, 'userIds'),
      deviceIds: valuesOf(filled, 'deviceIds'),
      aliases: filled
        .filter(({ kind }) => kind === 'aliases')
        .map(({ label, values }) => ({ label, names: values })),
    };
    const { userIds, deviceIds } = batch;
    const aliases = this.#identifiers - userIds.length - deviceIds.length;
    const rows = this.#keepsRows ? rowsOf(filled) : null;
    // The batch has the lists now.
    for (const column of filled) {
      column.values = [];
      column.rows = [];
    }
    this.#identifiers = 0;
    this.#characters = 0;
    const counts = { userIds: userIds.length, deviceIds: deviceIds.length, aliases };
    this.#onFull(batch, counts, rows);
  }

  forgetRepeats(): void {
    for (const column of this.#columns) column.seen.clear();
  }
}

/** Without a copy where one column has the kind, which is what a result has. */
function valuesOf(columns: readonly ColumnBuffer[], kind: IdentifierKind): readonly string[] {
  const [first, ...others] = columns.filter((column) => column.kind === kind);
  if (first === undefined) return [];
  return others.length === 0
    ? first.values
    : first.values.concat(...others.map(({ values }) => values));
}

/** In the order in which a batch has the identifiers. */
function rowsOf(columns: readonly ColumnBuffer[]): number[] {
  return BATCH_ORDER.flatMap((kind) => columns.filter((column) => column.kind === kind)).flatMap(
    ({ rows }) => rows,
  );
}
