import { ExportError } from '../../src/domain/failures.ts';
import { type Cell, type CellValue, InvalidValue, type RowBatch } from '../../src/domain/rows.ts';
import type { OpenSource } from '../../src/domain/source-port.ts';
import type { ReadOrder, ReadResult, ShownCell } from './reading-process.ts';
import { memberOf } from './sequence.ts';

/** Reads one source as a staging process does, and says what it read. */
process.once('message', async (order: ReadOrder) => {
  const result: ReadResult = await read(order).catch((error: unknown) => {
    if (!(error instanceof ExportError)) return { unexpected: String(error) };
    const { type, message, retry } = error;
    return { failed: { type, message, retry } };
  });
  process.send?.(result, () => process.disconnect());
});

async function read({ reader, data, spillDirectory, mode }: ReadOrder): Promise<ReadResult> {
  const { openSource } = (await import(reader)) as { openSource: OpenSource<object> };
  const source = await openSource(data, { spillDirectory, memoryMb: 1_000, isMemoryShare: false });
  if (mode === 'cancel') return await cancel(source);
  await using rows = source;
  const { columns } = rows;
  const shown: ShownCell[][] = [];
  let rowCount = 0;
  let firstOutOfOrder: number | null = null;
  for (let batch = await rows.read(); batch !== null; batch = await rows.read()) {
    if (mode === 'rows') shown.push(...showRows(batch, columns.length));
    else {
      const at = batch.cells(0).findIndex((cell, row) => cell !== memberOf(rowCount + row));
      if (at !== -1) firstOutOfOrder ??= rowCount + at;
    }
    rowCount += batch.rowCount;
  }
  const maxRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  return { columns, rows: shown, rowCount, firstOutOfOrder, maxRssMb };
}

/** Disposes of a source while it reads. */
async function cancel(source: Awaited<ReturnType<OpenSource<object>>>): Promise<ReadResult> {
  const reading = (async () => {
    while ((await source.read()) !== null);
  })();
  // What becomes of the read is open, as nobody waits for it.
  reading.catch(() => undefined);
  // A turn of the event loop, in which the read gets under way.
  await new Promise((resolve) => setImmediate(resolve));
  const startedAt = performance.now();
  await source[Symbol.asyncDispose]();
  return { disposedAfterMs: performance.now() - startedAt };
}

function showRows(batch: RowBatch, columnCount: number): ShownCell[][] {
  const columns = Array.from({ length: columnCount }, (_, column) => batch.cells(column));
  return Array.from({ length: batch.rowCount }, (_, row) =>
    columns.map((cells) => showCell(cells[row] as Cell)),
  );
}

function showCell(cell: Cell): ShownCell {
  return Array.isArray(cell) ? cell.map(showValue) : showValue(cell as CellValue);
}

function showValue(value: CellValue): ShownCell {
  return value instanceof InvalidValue ? { reason: value.reason, value: value.value } : value;
}
