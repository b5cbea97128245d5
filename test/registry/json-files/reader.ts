import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { ExportError } from '../../../src/domain/failures.ts';
import { type Cell, type CellValue, InvalidValue } from '../../../src/domain/rows.ts';
import type { Column, OpenSource, RowSource } from '../../../src/domain/source-port.ts';

const ROWS_PER_BATCH = 1_000;

export interface JsonFileRead {
  readonly path: string;
  /** How often its rows are read, one time after another. */
  readonly times: number;
}

export const openSource: OpenSource<JsonFileRead> = async ({ path, times }) => {
  const rows = readRows(path, times);
  const first = await rows.next();
  if (first.done === true) throw damaged(1);
  return source(first.value as Column[], rows);
};

function source(columns: readonly Column[], rows: AsyncGenerator<unknown[]>): RowSource {
  let isDisposed = false;
  return {
    columns,
    query: '',
    async read() {
      const batch: unknown[][] = [];
      while (batch.length < ROWS_PER_BATCH && !isDisposed) {
        const { value, done } = await rows.next();
        if (done === true) break;
        batch.push(value);
      }
      if (batch.length === 0 || isDisposed) return null;
      return {
        rowCount: batch.length,
        cells: (index) => batch.map((row) => cellOf(row[index], columns[index] as Column)),
      };
    },
    async [Symbol.asyncDispose]() {
      isDisposed = true;
      await rows.return(undefined);
    },
  };
}

/** The lines of a file: the columns first, `[{ "name": …, "type": … }, …]`, then a list for each row. */
async function* readRows(path: string, times: number): AsyncGenerator<unknown[]> {
  for (let time = 0; time < times; time += 1) {
    let line = 0;
    try {
      for await (const text of createInterface({ input: createReadStream(path) })) {
        line += 1;
        if (line > 1 || time === 0) yield JSON.parse(text);
      }
    } catch (error) {
      throw error instanceof SyntaxError ? damaged(line) : unreadable();
    }
  }
}

function cellOf(value: unknown, column: Column): Cell {
  if (!Array.isArray(value)) return cellValue(value, column, column.type);
  return value.map((item) => cellValue(item, column, column.type.replace('[]', '')));
}

function cellValue(value: unknown, { name }: Column, type: string): CellValue {
  if (value === null || ((type === 'text' || type === 'integer') && typeof value === 'string')) {
    return value;
  }
  const reason = `is of type ${type}; put the values of "${name}" in quotes`;
  return new InvalidValue(reason, String(value));
}

function damaged(line: number): ExportError {
  return new ExportError('QueryFailed', `Line ${line} of the file is not JSON. Correct it.`);
}

function unreadable(): ExportError {
  return new ExportError('QueryFailed', 'The file cannot be read. Is its name right?');
}
