import type { DuckDBConnection } from '@duckdb/node-api';
import { CsvHead, cellsOf } from './csv-head.ts';
import { firstLines, longestRow, type Sniffed, sniff } from './csv-look.ts';
import type { EngineError } from './engine-error.ts';
import { readerWith } from './file-calls.ts';
import { expand } from './file-contents.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { lineProblem } from './line-problems.ts';
import { sharesColumn, withoutHeader } from './named-columns.ts';
import { constantSql } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';
import { isOneColumnOfMany, noHeader, skippedLines, unevenRows } from './uneven-rows.ts';

const NOT_READ =
  /^(?:Error when sniffing file "|The CSV Parser state machine reached an invalid state|CSV Error on Line:)/;
const OF_LINES = /^(?:Value with unterminated quote|Expected Number of Columns: \d+ Found: )/m;
const MISMATCH =
  /^Schema mismatch between globbed files\.?\s+Main file schema: (?<main>.*)\s+Current file: (?<file>.*)/;
const SAMPLE = 20_480;

/** What is wrong with a CSV file that DuckDB cannot read, and the cure; empty if that is not found. */
export async function csvCause(
  { message }: EngineError,
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  const mismatch = MISMATCH.exec(message)?.groups;
  const line = OF_LINES.exec(message);
  if (mismatch === undefined && !NOT_READ.test(message)) return '';
  if (message.startsWith('CSV Error') && line === null) return '';
  const named =
    mismatch?.file ??
    /^Error when sniffing file "(.+)"/.exec(message)?.[1] ??
    /^\s*file = (.+)$/m.exec(message)?.[1];
  for (const read of query.reads.filter(({ format }) => format === 'csv')) {
    const files = await expand(connection, read.files, Number.MAX_SAFE_INTEGER);
    for (const file of files.filter((each) => named === undefined || isSame(each, named, query))) {
      const isUneven = line?.[0].startsWith('Expected') ?? false;
      const look = { file, read, query, connection, isUneven };
      const cause =
        mismatch === undefined ? await causeIn(look) : await mismatchOf(look, files[0] ?? file);
      if (cause !== '') return cause;
    }
  }
  return '';
}

function isSame(file: string, named: string, { directory }: ReadStatement): boolean {
  return named.replace(`${directory}/`, '').replace(/^\.\//, '') === file.replace(/^\.\//, '');
}

interface Look {
  readonly file: string;
  readonly read: FileRead;
  readonly query: ReadStatement;
  readonly connection: DuckDBConnection;
  /** Whether DuckDB found a row that has another number of fields. */
  readonly isUneven: boolean;
}

async function causeIn({ file, read, query, connection, isUneven }: Look): Promise<string> {
  const lines = await firstLines(connection, file, read, SAMPLE);
  const ofLines = lineProblem(file, lines, read, query.directory);
  if (ofLines !== '') return ofLines;
  const hasHeader = constantSql(read.parameters.get('header')) !== 'false';
  const width = isUneven
    ? await longestRow(connection, file, read, new CsvHead(lines).delimiter)
    : 0;
  const found = { file, lines, width };
  if (isUneven) return hasHeader ? unevenRows(found, read, query) : noHeader(found, read, query);
  const sniffed = await sniff(connection, file, read);
  if (sniffed === null) return '';
  if (isOneColumnOfMany(lines[0] ?? '', sniffed)) return unevenRows(found, read, query);
  return sniffed.skipped > 0 ? skippedLines(found, sniffed, read, query) : '';
}

/** Why a file has other columns than the first one. */
async function mismatchOf({ file, read, connection }: Look, first: string): Promise<string> {
  const heads: { file: string; first: string; sniffed: Sniffed | null }[] = [];
  for (const each of [first, file]) {
    const [line = ''] = await firstLines(connection, each, read, 1);
    heads.push({ file: each, first: line, sniffed: await sniff(connection, each, read) });
  }
  const [main, other] = heads;
  if (!main?.sniffed || !other?.sniffed) return '';
  const { delimiter } = other.sniffed;
  if (sharesColumn(other, main, main.sniffed)) return '';
  const names = cellsOf(main.first, main.sniffed.delimiter);
  if (cellsOf(other.first, delimiter).some((cell) => names.includes(cell))) {
    return `"${file}" has another delimiter than "${first}". Write both with the same one, or read each on its own, as with ${readerWith({ ...read, files: [file] }, [`delim = ${sqlText(delimiter)}`])}, and combine them with UNION ALL.`;
  }
  return withoutHeader(other, main);
}
