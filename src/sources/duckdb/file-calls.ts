import type { FileRead } from './file-reads.ts';
import { constantSql, LOCATION } from './parse-tree.ts';
import { closingBracket, sqlText } from './sql-tokens.ts';

/** The call of a reader as the query has it, without the closing bracket. */
export function callOf({ node, format, isCall, files }: FileRead, query: string): string {
  if (!isCall) return `read_${format}(${sqlText(files[0] ?? '')}`;
  const bytes = Buffer.from(query);
  const start = Number(node[LOCATION]);
  const end = closingBracket(bytes.toString('latin1'), start) ?? start;
  return bytes.subarray(start, end).toString();
}

export const ALL_TEXT = 'all_varchar = true';
/** Of a CSV file, what stays in the calls that messages advise. */
const KEPT = ['encoding', 'compression', 'quote', 'escape', 'comment', 'delim', 'sep', 'new_line'];

/**
 * A reader to paste in place of the one that a query has: its files, and how they are encoded, with these
 * parameters.
 */
export function readerWith(read: FileRead, parameters: readonly string[]): string {
  const [first = '', ...others] = read.files;
  const files = others.length === 0 ? sqlText(first) : `[${read.files.map(sqlText).join(', ')}]`;
  const all = read.format === 'csv' ? KEPT : [...read.parameters.keys()];
  const kept = all.filter((name) => !parameters.some((text) => setsParameter(text, name)));
  return `read_${read.format}(${[files, ...constantsOf(read, kept), ...parameters].join(', ')})`;
}

function setsParameter(text: string, name: string): boolean {
  return new RegExp(`(?:^|, )${name} =`).test(text);
}

/** Those of a call's parameters that are constants, as SQL. */
export function constantsOf({ parameters }: FileRead, names: readonly string[]): string[] {
  return names.flatMap((name) => {
    const value = constantSql(parameters.get(name));
    return value === null ? [] : [`${name} = ${value}`];
  });
}

/** What is added to a read of CSV, so that everything is text and nothing is skipped or cut. */
export function csvParameters({ parameters: given }: FileRead): string[] {
  const has = (...names: string[]) => names.some((name) => given.has(name));
  // Without `columns`, it can only be true, which is DuckDB's default.
  if (has('auto_detect') && has('columns')) return [];
  const parameters: string[] = [];
  if (!has('all_varchar', 'columns')) parameters.push(ALL_TEXT);
  if (!has('hive_types', 'hive_types_autocast')) parameters.push('hive_types_autocast = false');
  // DuckDB guesses these from a sample, and could take an apostrophe for a quote, or `#1` for a comment.
  if (!has('quote')) parameters.push(`quote = '"'`);
  if (!has('quote', 'escape')) parameters.push(`escape = '"'`);
  if (!has('comment')) parameters.push("comment = ''");
  return parameters;
}
