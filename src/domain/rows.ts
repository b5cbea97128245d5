/** A value that cannot be an identifier. The rejects file shows `value`, masked. */
export class InvalidValue {
  /** What is wrong and the cure, such as `a DOUBLE; CAST(… AS VARCHAR) makes it a string`. */
  readonly reason: string;
  readonly value: string;

  constructor(reason: string, value: string) {
    this.reason = reason;
    this.value = value;
  }
}

export type CellValue = string | null | InvalidValue;

/** A cell as a source hands it over: integers as their exact decimal digits, SQL's NULL as `null`. */
export type Cell = CellValue | readonly CellValue[];

/** Consecutive rows of a result, read by column: sources decode whole columns faster than rows. */
export interface RowBatch {
  readonly rowCount: number;
  /** The cells of a column, by its index in the source's `columns`; only asked for what is sent. */
  cells(columnIndex: number): readonly Cell[];
}
