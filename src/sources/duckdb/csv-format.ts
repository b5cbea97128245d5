import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { columnsOf } from './column-names.ts';
import { cellsOf } from './csv-head.ts';
import { type FileHead, firstLines, type Sniffed, sniff } from './csv-look.ts';
import { csvParameters } from './file-calls.ts';
import { expand } from './file-contents.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { guessedHeader, namedHeader, refuseStrangers } from './named-columns.ts';
import { constantSql } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';
import { isOneColumnOfMany, skippedLines, unevenRows } from './uneven-rows.ts';

/** What DuckDB looks at to find the header. */
const SAMPLE = 20_480;

/**
 * The reads, those of CSV files with parameters to add. They state what DuckDB would detect for each file
 * by itself: it would skip all lines before the one that it takes for the header.
 * @throws ExportError `QueryFailed`
 */
export async function withFormats(
  connection: DuckDBConnection,
  query: ReadStatement,
): Promise<FileRead[]> {
  const reads: FileRead[] = [];
  for (const read of query.reads) {
    if (read.format !== 'csv') reads.push(read);
    else {
      const { added, guessed } = isDetected(read) ? await detect(connection, read, query) : read;
      reads.push({ ...read, added: [...csvParameters(read), ...added], guessed });
    }
  }
  return reads;
}

function isDetected({ parameters }: FileRead): boolean {
  const given = parameters.get('auto_detect');
  return given === undefined || constantSql(given) === 'true';
}

async function detect(
  connection: DuckDBConnection,
  read: FileRead,
  query: ReadStatement,
): Promise<Pick<FileRead, 'added' | 'guessed'>> {
  const heads: FileHead[] = [];
  for (const file of await expand(connection, read.files, Number.MAX_SAFE_INTEGER)) {
    const [first] = await firstLines(connection, file, read, 1);
    if (first !== undefined) heads.push({ file, first });
  }
  const [head] = heads;
  const sniffed = head === undefined ? null : await sniff(connection, head.file, read);
  // Running the query says what is wrong.
  if (head === undefined || sniffed === null) return { added: skipsNothing(read), guessed: null };
  const added = [
    ...(await skipOf(connection, heads, { sniffed, read, query })),
    ...(hasDelimiter(read) ? [] : [`delim = ${sqlText(sniffed.delimiter)}`]),
    ...headerOf(heads, sniffed, read, query),
  ];
  return { added, guessed: guessedHeader(head, sniffed, read, query) };
}

/** DuckDB would skip rows until all have the same number of fields. */
function skipsNothing({ parameters }: FileRead): string[] {
  return parameters.has('skip') ? [] : ['skip = 0'];
}

interface Found {
  readonly sniffed: Sniffed;
  readonly read: FileRead;
  readonly query: ReadStatement;
}

async function skipOf(
  connection: DuckDBConnection,
  heads: readonly FileHead[],
  { sniffed, read, query }: Found,
): Promise<string[]> {
  const [{ file, first } = { file: '', first: '' }] = heads;
  const isGiven = read.parameters.has('skip');
  const isOne = !hasDelimiter(read) && isOneColumnOfMany(first, sniffed);
  if (!isOne && (isGiven || (sniffed.skipped === 0 && first !== ''))) {
    const blank = isGiven ? undefined : heads.find((head) => head.first === '');
    if (blank !== undefined) throw refused(`"${blank.file}" begins with an empty line. Delete it.`);
    return isGiven ? [] : ['skip = 0'];
  }
  const lines = await firstLines(connection, file, read, SAMPLE);
  if (isOne) throw refused(unevenRows({ file, lines }, read, query));
  const blank = lines.findIndex((line) => line !== '');
  if (sniffed.skipped > blank) {
    throw refused(skippedLines({ file, lines }, sniffed, read, query));
  }
  return [`skip = ${blank}`];
}

/** Says whether there is a header, where DuckDB's guess is not enough. */
function headerOf(
  heads: readonly FileHead[],
  sniffed: Sniffed,
  read: FileRead,
  query: ReadStatement,
): string[] {
  const given = read.parameters.get('header');
  if (given === undefined) {
    const named = namedHeader(heads, sniffed, read);
    if (named !== null) return [`header = ${named}`];
  }
  if (given !== undefined && constantSql(given) !== 'true') return [];
  if (read.parameters.has('union_by_name')) refuseStrangers(heads, sniffed);
  if (given !== undefined) return [];
  const columns = columnsOf(query);
  const cells = cellsOf(heads[0]?.first ?? '', sniffed.delimiter);
  const isNamed = cells.some((cell) => columns.has(cell.toLowerCase()));
  return sniffed.hasHeader || isNamed ? ['header = true'] : [];
}

function hasDelimiter({ parameters }: FileRead): boolean {
  return parameters.has('delim') || parameters.has('sep');
}

function refused(message: string): ExportError {
  return new ExportError('QueryFailed', message);
}
