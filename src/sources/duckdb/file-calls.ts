import type { FileRead } from './file-reads.ts';
import { LOCATION } from './parse-tree.ts';
import { closingBracket, sqlText } from './sql-tokens.ts';

/** The call of a reader as the query has it, without the closing bracket. */
export function callOf({ node, format, isCall, files }: FileRead, query: string): string {
  if (!isCall) return `read_${format}(${sqlText(files[0] ?? '')}`;
  const bytes = Buffer.from(query);
  const start = Number(node[LOCATION]);
  const end = closingBracket(bytes.toString('latin1'), start) ?? start;
  return bytes.subarray(start, end).toString();
}

/** What is added to a read of CSV, so that everything is text and nothing is skipped or cut. */
export function csvParameters({ parameters: given }: FileRead): string[] {
  const has = (...names: string[]) => names.some((name) => given.has(name));
  // Without `columns`, it can only be true, which is DuckDB's default.
  if (has('auto_detect') && has('columns')) return [];
  const parameters: string[] = [];
  if (!has('all_varchar', 'columns')) parameters.push('all_varchar = true');
  if (!has('hive_types', 'hive_types_autocast')) parameters.push('hive_types_autocast = false');
  // DuckDB guesses these from a sample, and could take an apostrophe for a quote, or `#1` for a comment.
  if (!has('quote')) parameters.push(`quote = '"'`);
  if (!has('quote', 'escape')) parameters.push(`escape = '"'`);
  if (!has('comment')) parameters.push("comment = ''");
  // Without a header to look for, it would skip rows until all have the same number of fields.
  if (has('names', 'column_names', 'header') && !has('skip')) parameters.push('skip = 0');
  return parameters;
}
