import { COLUMN_OF_KIND } from '../../domain/columns.ts';
import { ExportError } from '../../domain/failures.ts';
import { columnsOf, givenNames } from './column-names.ts';
import { cellsOf } from './csv-head.ts';
import type { FileHead, Sniffed } from './csv-look.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import type { Node } from './parse-tree.ts';

/**
 * Whether files have a header although the query gives their columns names, by which DuckDB would leave
 * out the first row of a file without one. `null` where the query gives none.
 * @throws ExportError `QueryFailed` where that is not sure
 */
export function namedHeader(
  heads: readonly FileHead[],
  sniffed: Sniffed,
  read: FileRead,
): boolean | null {
  const names = givenNames(read);
  if (names === null) return null;
  const { delimiter, hasHeader } = sniffed;
  const isHeader = ({ first }: FileHead) =>
    cellsOf(first, delimiter).some((cell, index) => isSame(cell, names[index] ?? ''));
  const without = heads.find((head) => !isHeader(head));
  if (without === undefined) return true;
  const besides = heads.find(isHeader);
  if (besides !== undefined) throw new ExportError('QueryFailed', withoutHeader(without, besides));
  if (!hasHeader) return false;
  throw new ExportError(
    'QueryFailed',
    `The query names the columns of "${without.file}", and other names or values are in the first line of the file. ${sayWhich(read)}`,
  );
}

/**
 * The file that has a header by DuckDB's guess alone, as the query uses its columns without their names:
 * the first row of a file without a header would be left out.
 */
export function guessedHeader(
  { file }: FileHead,
  { hasHeader, names }: Sniffed,
  read: FileRead,
  query: ReadStatement,
): string | null {
  const isSaid = read.parameters.has('header') || givenNames(read) !== null;
  if (isSaid || !hasHeader || isWhole(read, query)) return null;
  const known = new Set([...columnsOf(query), ...Object.values(COLUMN_OF_KIND)]);
  return names.some((name) => known.has(name.toLowerCase())) ? null : file;
}

/** Whether the result is the file as it stands: without a header, it has no identifier column. */
function isWhole({ node }: FileRead, { statement }: ReadStatement): boolean {
  const { from_table, select_list } = statement.node as Node;
  const items = (select_list ?? []) as readonly Node[];
  const isStar = items.every(({ class: kind, columns }) => kind === 'STAR' && columns !== true);
  return from_table === node && isStar;
}

/**
 * Refuses files whose header is a guess. @throws ExportError `QueryFailed`
 */
export function refuseGuessedHeaders(reads: readonly FileRead[]): void {
  for (const read of reads) {
    if (read.guessed === null) continue;
    throw new ExportError(
      'QueryFailed',
      `The query names no column of "${read.guessed}", so it is not certain that the first line of the file is a header. ${sayWhich(read)}`,
    );
  }
}

function sayWhich({ isCall }: FileRead): string {
  const how = isCall ? 'Add' : 'Read it with read_csv, and add';
  return `${how} header = true if that line has names of columns, and header = false if it is a row.`;
}

/**
 * Refuses a file that has no column of the first one: `union_by_name` would take its first row for a
 * header. @throws ExportError `QueryFailed`
 */
export function refuseStrangers(heads: readonly FileHead[], sniffed: Sniffed): void {
  const [first, ...others] = heads;
  const stranger = others.find(
    (head) => first !== undefined && !sharesColumn(head, first, sniffed),
  );
  if (stranger === undefined || first === undefined) return;
  throw new ExportError('QueryFailed', withoutHeader(stranger, first));
}

/** Whether the first lines of two files have a name in common. */
export function sharesColumn(one: FileHead, other: FileHead, { delimiter }: Sniffed): boolean {
  const names = cellsOf(other.first, delimiter);
  return cellsOf(one.first, delimiter).some((cell) => names.some((name) => isSame(cell, name)));
}

export function withoutHeader({ file }: FileHead, besides: FileHead): string {
  return `The first line of "${file}" has none of the column names of "${besides.file}", so its first row would be lost if it has no header. Write the same header to each file, or read this one on its own with header = false and names = […], and combine the two with UNION ALL.`;
}

function isSame(cell: string, name: string): boolean {
  return cell !== '' && cell.toLowerCase() === name.toLowerCase();
}
