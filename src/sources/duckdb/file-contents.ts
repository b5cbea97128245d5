import { closeSync, openSync, readSync, realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { readerWith } from './file-calls.ts';
import type { FileRead } from './file-reads.ts';
import { constantText } from './parse-tree.ts';
import { sqlText } from './sql-tokens.ts';

const HEAD_BYTES = 64 * 1024;
/** Of a pattern: the rest are like the first ones. */
const MOST_FILES = 100;
interface Mistake {
  readonly starts: readonly Buffer[];
  readonly what: string;
  /** `$` stands for the file's name as SQL has it. */
  readonly cure: string;
  /** A parameter of the reader which shows that the query's author knows. */
  readonly unless?: string;
}

const NOT_TEXT: readonly Mistake[] = [
  {
    starts: [Buffer.from('PK\u0003\u0004', 'latin1'), Buffer.from('d0cf11e0a1b11ae1', 'hex')],
    what: 'is a workbook (such as Excel writes) or a ZIP archive, whatever its name says',
    cure: 'Save the sheet as "CSV UTF-8", or unpack the archive.',
  },
  {
    starts: [Buffer.from('PAR1')],
    what: 'is a Parquet file, whatever its name says',
    cure: 'Read it with read_parquet($).',
  },
  {
    starts: [Buffer.from([0x1f, 0x8b])],
    what: 'is compressed with gzip',
    cure: "Add .gz to its name, or read it with $READER($, compression = 'gzip').",
    unless: 'compression',
  },
];

/** Refuses files that are not what their names say. @throws ExportError `QueryFailed` */
export async function checkFiles(
  connection: DuckDBConnection,
  reads: readonly FileRead[],
  { directory }: { readonly directory: string },
): Promise<void> {
  for (const read of reads) {
    if (read.format === 'parquet') continue;
    const files = await expand(connection, read.files);
    const heads = files.map((file) => ({ file, head: headOf(file, directory) }));
    for (const { file, head } of heads) {
      const problem = head === null ? null : problemOf(file, head, read);
      if (problem !== null) throw new ExportError('QueryFailed', problem);
    }
    const problem = emptyProblem(heads, read);
    if (problem !== null) throw new ExportError('QueryFailed', problem);
  }
}

/** With stated columns, an empty file is one without rows. */
function emptyProblem(
  heads: readonly { readonly file: string; readonly head: Buffer | null }[],
  read: FileRead,
): string | null {
  const { format, parameters } = read;
  const files = heads.map(({ file }) => file);
  if (heads[0]?.head?.length !== 0) return null;
  const hasColumns = parameters.has('columns');
  if (heads.every(({ head }) => head?.length === 0)) {
    // DuckDB fails with an internal error where it looks for a format in several empty files.
    const isRead = format === 'json' || files.length === 1 || parameters.has('auto_detect');
    return hasColumns && isRead ? null : allEmpty(read, files);
  }
  const saysAll = hasColumns && parameters.has('header');
  return format === 'csv' && !saysAll ? emptyFirst(heads) : null;
}

function allEmpty(read: FileRead, [first, ...others]: readonly string[]): string {
  const [names, them] =
    others.length === 0
      ? [`"${first}" is`, 'it']
      : [`All of "${read.files.join('", "')}" are`, 'them'];
  const rest =
    read.format === 'csv'
      ? 'with at least a line of column names, or read no rows with auto_detect = false and columns = {…}'
      : "or state the columns if there are to be no rows: read_json(…, columns = {user_ids: 'JSON'})";
  return `${names} empty (0 bytes). Write ${them} again, ${rest}.`;
}

/** DuckDB takes the format of all files from the first, so it would read the headers of the others as rows. */
function emptyFirst([first]: readonly { readonly file: string }[]): string {
  return `"${first?.file}" is empty (0 bytes) and the first of several files, so the headers of the others would be read as rows. Delete it, or write it again with a header.`;
}

/** The first bytes of a file of the directory, or `null` where there is none. */
export function headOf(file: string, directory: string, most = HEAD_BYTES): Buffer | null {
  try {
    const path = realpathSync(resolve(directory, file));
    if (!path.startsWith(`${directory}/`)) return null;
    const descriptor = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(most);
      return bytes.subarray(0, readSync(descriptor, bytes));
    } finally {
      closeSync(descriptor);
    }
  } catch {
    // DuckDB says what is wrong with a file that cannot be read.
    return null;
  }
}

function problemOf(file: string, head: Buffer, read: FileRead): string | null {
  const compressed = /\.(gz|zst)$/i.exec(file)?.[1]?.toLowerCase();
  if (compressed !== undefined && !read.parameters.has('compression')) {
    if (compressed !== 'gz' || head.length === 0 || startsWith(head, [0x1f, 0x8b])) return null;
    const plain = file.replace(/\.gz$/i, '');
    return `"${file}" is not compressed with gzip, whatever its name says. If it is plain text, rename it to "${plain}".`;
  }
  const reader = `read_${read.format}`;
  for (const { starts, what, cure, unless } of NOT_TEXT) {
    if (unless !== undefined && read.parameters.has(unless)) continue;
    if (!starts.some((start) => startsWith(head, start))) continue;
    const filled = cure.replaceAll('$READER', reader).replaceAll('$', () => sqlText(file));
    return `"${file}" ${what}. ${filled}`;
  }
  if (read.parameters.has('compression')) return null;
  const wide = utf16Problem(file, head, read);
  if (wide !== null || read.parameters.has('encoding')) return wide;
  return read.format === 'csv' ? separatorLine(file, head, read) : null;
}

/** `sep=;`, which Excel writes and reads as the first line. */
function separatorLine(file: string, head: Buffer, { parameters }: FileRead): string | null {
  if (parameters.has('skip')) return null;
  const text = head.subarray(0, 20).toString('latin1').replace('\xef\xbb\xbf', '');
  const [, delimiter] = /^"?sep=(.)"?[\r\n]/i.exec(text) ?? [];
  if (delimiter === undefined) return null;
  return `The first line of "${file}" is sep=${delimiter}, as Excel writes it, and not a header. Read the file with read_csv(${sqlText(file)}, skip = 1, delim = ${sqlText(delimiter)}).`;
}

/** The files that names and patterns stand for, in DuckDB's order; of a pattern, the first ones. */
export async function expand(
  connection: DuckDBConnection,
  names: readonly string[],
  mostOfPattern = MOST_FILES,
): Promise<string[]> {
  const files: string[] = [];
  for (const name of names) {
    if (!/[*?[]/.test(name)) files.push(name);
    else {
      const found = await connection
        .runAndReadAll(
          `SELECT file FROM glob(${sqlText(name)}) ORDER BY file LIMIT ${mostOfPattern}`,
        )
        .then((result) => result.getRows().map(([file]) => String(file).replace(/^\.\//, '')))
        // Running the query says what is wrong with it.
        .catch(() => []);
      files.push(...found);
    }
  }
  return files;
}

function utf16Problem(file: string, head: Buffer, read: FileRead): string | null {
  const found = utf16Order(head);
  const encoding = read.parameters.get('encoding');
  const isSaid = /^utf-?16/i.test(constantText(encoding) ?? '');
  if (found === null) {
    if (!isSaid || head.length === 0) return null;
    return `"${file}" is not encoded as UTF-16, so encoding = 'utf-16' would misread it. Leave that out.`;
  }
  const save = `"${file}" is encoded as UTF-16. Save it as UTF-8, as with iconv -f UTF-16${found} -t UTF-8 ${sqlText(file)} > utf-8.${read.format}`;
  // DuckDB takes all UTF-16 for little-endian.
  if (read.format === 'json' || found === 'BE') return `${save}.`;
  if (encoding !== undefined) return null;
  return `${save}, or read it with ${readerWith(read, ["encoding = 'utf-16'"])}.`;
}

/** By its byte order mark or, without one, because every other byte of plain text is zero. */
function utf16Order(head: Buffer): 'LE' | 'BE' | null {
  if (startsWith(head, [0xff, 0xfe])) return 'LE';
  if (startsWith(head, [0xfe, 0xff])) return 'BE';
  if (head.length < 2 || (head[0] === 0) === (head[1] === 0)) return null;
  return head[0] === 0 ? 'BE' : 'LE';
}

function startsWith(head: Buffer, start: Uint8Array | readonly number[]): boolean {
  return Array.from(start).every((byte, index) => head[index] === byte);
}
