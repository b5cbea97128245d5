import type { FileRead } from './file-reads.ts';
import { LOCATION } from './parse-tree.ts';
import { closingBracket, sqlText } from './sql-tokens.ts';

/** The call of a read's reader as a query has it, without the closing bracket. */
export function callOf({ node, format, isCall, files }: FileRead, query: string): string {
  if (!isCall) return `read_${format}(${sqlText(files[0] ?? '')}`;
  const bytes = Buffer.from(query);
  const start = Number(node[LOCATION]);
  const end = closingBracket(bytes.toString('latin1'), start) ?? start;
  return bytes.subarray(start, end).toString();
}
