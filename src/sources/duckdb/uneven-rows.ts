import { wordsTypedIn } from '../../redaction/typed.ts';
import { columnsOf, givenNames } from './column-names.ts';
import { CsvHead, columnNames } from './csv-head.ts';
import type { Sniffed } from './csv-look.ts';
import { readerWith } from './file-calls.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { constantSql } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';

/** The first lines of a file that is read. */
interface FileLines {
  readonly file: string;
  readonly lines: readonly string[];
  /** The least number of fields of the longest row. */
  readonly width?: number;
}

/** Whether DuckDB found one column where the first line has more: no delimiter gives all rows as many. */
export function isOneColumnOfMany(first: string, { names }: Sniffed): boolean {
  return names.length === 1 && new CsvHead([first]).header.length > 1;
}

/** What is wrong where DuckDB would skip lines that are not empty, and the cure. */
export function skippedLines(
  { file, lines }: FileLines,
  { skipped, hasHeader, names }: Sniffed,
  read: FileRead,
  query: ReadStatement,
): string {
  const columns = columnsOf(query);
  const head = new CsvHead(lines);
  const header = hasHeader ? names.map((name) => name.toLowerCase()) : [];
  const first = head.header.map((cell) => cell.toLowerCase());
  if (first.some((cell) => header.includes(cell)) || head.hasSecondHeader) return joined(file);
  if (first.some((cell) => columns.has(cell))) return unevenRows({ file, lines }, read, query);
  // Where no column is named, the line with more fields is more likely to be the header.
  if (columns.size === 0 && first.length > 1) return unevenRows({ file, lines }, read, query);
  const isHeaderNamed = columns.size === 0 || header.some((name) => columns.has(name));
  if (header.length === 0 || !isHeaderNamed) return noHeader({ file, lines }, read, query);
  return linesBefore({ file, skipped }, read);
}

/** The cure where a header may come after other lines. */
function linesBefore(
  { file, skipped }: { readonly file: string; readonly skipped: number },
  read: FileRead,
): string {
  const [are, ifNot, ifSo] =
    skipped === 1
      ? ['1 line', 'it is not a row, skip it', 'it is one']
      : [`${skipped} lines`, 'they are not rows, skip them', 'they are'];
  return `"${file}" has ${are} before the line that looks like its header. If ${ifNot}: FROM ${readerWith({ ...read, files: [file] }, [`skip = ${skipped}`])}. If ${ifSo}, files have been joined: split it into one file for each header.`;
}

/** The cure where the rows of a file with a header have different numbers of fields. */
export function unevenRows(
  { file, lines, width = 0 }: FileLines,
  read: FileRead,
  query: ReadStatement,
): string {
  const head = new CsvHead(lines);
  if (head.hasSecondHeader) return joined(file);
  const isTyped = wordsTypedIn(query.query);
  const cure = readerWith(read, [head.unevenParameters(head.header, true, isTyped, width)]);
  if (head.header.length === 1) {
    return `The first line of "${file}" has one field, and other lines have more. If each line is one value, write FROM ${readerWith(read, ["delim = '\\t'"])}; if not, FROM ${cure}.`;
  }
  return `The rows of "${file}" have different numbers of fields. A value that contains the delimiter needs quotes; to fill short rows with NULL, write FROM ${cure}.`;
}

/** Lines before the first one that has the name of a column of the query; 0 where none has. */
function linesBeforeHeader(lines: readonly string[], read: FileRead, query: ReadStatement): number {
  const isSaid = ['header', 'skip', 'comment'].some((name) => read.parameters.has(name));
  if (isSaid || givenNames(read) !== null) return 0;
  const columns = columnsOf(query);
  const isHeader = (line: string) =>
    new CsvHead([line]).header.some((cell) => columns.has(cell.toLowerCase()));
  return Math.max(lines.findIndex(isHeader), 0);
}

/** The cure for a file without a header: it names as many columns as there are fields. */
export function noHeader(
  { file, lines, width = 0 }: FileLines,
  read: FileRead,
  query: ReadStatement,
): string {
  const skipped = linesBeforeHeader(lines, read, query);
  if (skipped > 0) return linesBefore({ file, skipped }, read);
  const head = new CsvHead(lines);
  const isTyped = wordsTypedIn(query.query);
  const longest = Math.max(head.width, width);
  const used = givenNames(read) ?? [...columnsOf(query)];
  const names = used.length === 0 || used.length > longest ? ['user_ids'] : used;
  const shown = columnNames(names, longest, isTyped).map(sqlText);
  const isUneven = head.isUneven || longest > head.width;
  const cure = isUneven
    ? head.unevenParameters(names, false, isTyped, longest)
    : `header = false, names = [${shown.join(', ')}]`;
  const oneValue = "header = false, names = ['user_ids'], delim = '\\t'";
  const orOne =
    head.header.length === 1 && longest > 1
      ? ` If each line is one value, write FROM ${readerWith(read, [oneValue])}.`
      : '';
  const says =
    constantSql(read.parameters.get('header')) === 'false'
      ? `The rows of "${file}" have different numbers of fields, so name all columns in order`
      : `"${file}" seems to have no header line, so name its columns in order`;
  return `${says}: FROM ${readerWith(read, [cure])}.${orOne}`;
}

function joined(file: string): string {
  return `"${file}" has more than one header, as if files had been joined. Split it into one file for each header.`;
}
