import type { Cell } from '../../src/domain/rows.ts';
import type { RowSource } from '../../src/domain/source-port.ts';

/** A source of given rows, for tests of what comes behind the port. */
export function rowsOf(
  names: readonly string[],
  rows: Iterable<readonly Cell[]>,
  batchSize = 2_048,
): RowSource {
  const iterator = rows[Symbol.iterator]();
  return {
    query: '',
    columns: names.map((name) => ({ name, type: 'VARCHAR' })),
    async read() {
      const batch: (readonly Cell[])[] = [];
      for (let next = iterator.next(); !next.done; next = iterator.next()) {
        batch.push(next.value);
        if (batch.length === batchSize) break;
      }
      if (batch.length === 0) return null;
      return {
        rowCount: batch.length,
        cells: (index) => batch.map((row) => row[index] as Cell),
      };
    },
    async [Symbol.asyncDispose]() {
      iterator.return?.();
    },
  };
}
