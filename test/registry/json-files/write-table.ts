import { open } from 'node:fs/promises';

interface TableColumn {
  readonly name: string;
  readonly type: string;
}

/** Writes a table as the source reads it, with integers as their digits. */
export async function writeTable(
  path: string,
  columns: readonly TableColumn[],
  rows: Iterable<readonly unknown[]>,
): Promise<void> {
  await using file = await open(path, 'w');
  const line = (value: unknown) => {
    const json = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}` : part));
    return `${json.replace(/[\u2028\u2029]/g, escaped)}\n`;
  };
  await file.writeFile(line(columns.map(({ name, type }) => ({ name, type }))));
  let pending = '';
  for (const row of rows) {
    pending += line(row);
    if (pending.length < 64 * 1024) continue;
    await file.writeFile(pending);
    pending = '';
  }
  await file.writeFile(pending);
}

/** For `node:readline`, which ends a line there. JSON does not. */
function escaped(separator: string): string {
  return `\\u${separator.charCodeAt(0).toString(16)}`;
}
