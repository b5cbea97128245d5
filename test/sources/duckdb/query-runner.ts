import { text } from 'node:stream/consumers';
import { ExportError } from '../../../src/domain/failures.ts';
import { type Cell, type CellValue, InvalidValue } from '../../../src/domain/rows.ts';
import { openDuckdbQuery } from '../../../src/sources/duckdb/query.ts';
import type { Outcome, RunnerInput, ShownCell } from './run-queries.ts';

/** Runs queries one after another in this process, as a staging process runs one. */
const input = JSON.parse(await text(process.stdin)) as RunnerInput;
for (const query of input.queries) console.log(JSON.stringify(await run(query)));

async function run(query: string): Promise<Outcome> {
  const { spillDirectory, memoryMb = 1_000, isMemoryShare = false } = input;
  const { scheduledTime, maxRows = 10 } = input;
  try {
    await using source = await openDuckdbQuery({
      directory: process.cwd(),
      query,
      spillDirectory,
      memoryMb,
      isMemoryShare,
      variables: { scheduled_time: scheduledTime ? new Date(scheduledTime) : undefined },
    });
    const rows: ShownCell[][] = [];
    let rowCount = 0;
    for (let batch = await source.read(); batch !== null; batch = await source.read()) {
      const { rowCount: size } = batch;
      const cells = source.columns.map((_, index) => batch.cells(index));
      for (let row = 0; row < size && rows.length < maxRows; row++) {
        rows.push(cells.map((column) => show(column[row] ?? null)));
      }
      rowCount += size;
    }
    const explained = (await source.explainColumns?.()) ?? '';
    const warnings = source.warnings ?? [];
    const { columns, data } = source;
    return { columns, rows, rowCount, explained, warnings, data };
  } catch (error) {
    if (!(error instanceof ExportError)) return { failed: `UNEXPECTED ${String(error)}` };
    return { failed: `${error.type}: ${error.message}`, retry: error.retry };
  }
}

function show(cell: Cell): ShownCell {
  return Array.isArray(cell) ? cell.map(showValue) : showValue(cell as CellValue);
}

function showValue(value: CellValue): ShownCell {
  return value instanceof InvalidValue ? { reason: value.reason, value: value.value } : value;
}
