/** Rows that were rejected for the same reason. */
export interface RejectReason {
  /** `null` where no single column is at fault. */
  readonly column: string | null;
  readonly reason: string;
  readonly rows: number;
}

/** They are in the result, and a query can give reasons of its own. */
const MOST_REASONS = 20;

/** Counts rejected rows by column and reason, in memory that does not grow with them. */
export class RejectReasons {
  readonly #counts = new Map<string, { column: string | null; reason: string; rows: number }>();
  #others = 0;

  add({ column, reason }: Omit<RejectReason, 'rows'>): void {
    const key = JSON.stringify([column, reason]);
    const found = this.#counts.get(key);
    if (found !== undefined) found.rows += 1;
    else if (this.#counts.size < MOST_REASONS) this.#counts.set(key, { column, reason, rows: 1 });
    else this.#others += 1;
  }

  /** The most frequent first, and last what had a reason beyond the first 20. */
  list(): RejectReason[] {
    const reasons = [...this.#counts.values()].sort((a, b) => b.rows - a.rows);
    const others = { column: null, reason: 'other reasons', rows: this.#others };
    return this.#others === 0 ? reasons : [...reasons, others];
  }
}
