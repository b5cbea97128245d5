import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { cutLines, LOOKED_AT } from './csv-look.ts';
import { expand } from './file-contents.ts';
import type { FileRead } from './file-reads.ts';
import { constantSql, constantText } from './parse-tree.ts';

/**
 * Refuses parameters of readers by which rows or parts of values would be missing without a word, and
 * computed ones of CSV: its files are looked at before the query runs.
 * @throws ExportError `QueryFailed`
 */
export async function refuseLosses(
  connection: DuckDBConnection,
  reads: readonly FileRead[],
): Promise<void> {
  for (const read of reads) {
    for (const name of ['ignore_errors', 'store_rejects']) {
      if (!isGiven(read, name)) continue;
      throw new ExportError(
        'QueryFailed',
        `The query was refused. With ${name}, rows that DuckDB cannot read would be missing without a word. Leave it out: the message then says which line is wrong.`,
      );
    }
    const computed =
      read.format === 'csv' ? LOOKED_AT.find((name) => isComputed(read, name)) : undefined;
    if (computed !== undefined) {
      throw new ExportError(
        'QueryFailed',
        `The query was refused. It computes ${computed}, and how a CSV file is written must be known before it is read. Write its value as a constant, as in delim = '\\t' or skip = 1.`,
      );
    }
    const comment = constantText(read.parameters.get('comment'));
    if (read.format !== 'csv' || comment === null || comment === '') continue;
    for (const file of await expand(connection, read.files, Number.MAX_SAFE_INTEGER)) {
      const count = await cutLines(connection, file, read, comment);
      if (count > 0) throw cut(file, count, comment);
    }
  }
}

/** Warnings about parameters that may change values. */
export function lossWarnings(reads: readonly FileRead[]): string[] {
  if (!reads.some((read) => read.parameters.has('strict_mode') && !isStrict(read))) return [];
  return [
    'The query reads with strict_mode = false. DuckDB then drops text that follows a closing quote, and does not say so.',
  ];
}

function isStrict({ parameters }: FileRead): boolean {
  return constantSql(parameters.get('strict_mode')) === 'true';
}

function isGiven({ parameters }: FileRead, name: string): boolean {
  return parameters.has(name) && constantSql(parameters.get(name)) !== 'false';
}

function isComputed({ parameters }: FileRead, name: string): boolean {
  return parameters.has(name) && constantSql(parameters.get(name)) === null;
}

function cut(file: string, count: number, comment: string): ExportError {
  const [lines, them, values] =
    count === 1 ? ['1 line', 'it', 'that value'] : [`${count} lines`, 'them', 'such values'];
  return new ExportError(
    'QueryFailed',
    `${lines} of "${file}" ${count === 1 ? 'has' : 'have'} ${comment} after the beginning, and comment = '${comment}' would cut ${them} off there. Put ${values} in quotes, or delete the comment lines and leave out comment.`,
  );
}
