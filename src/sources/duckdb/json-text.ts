import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { readerWith } from './file-calls.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { columnName, constantText, type Node } from './parse-tree.ts';
import { returnedItems } from './returned-items.ts';
import { sqlName, sqlText } from './sql-tokens.ts';
import { shownName } from './unfit-type.ts';

const TEXT = /^(?:VARCHAR|TEXT|STRING|CHAR|BPCHAR)$/i;
/** Values that DuckDB writes its own way as text: `1.50` as `1.5`, `1e5` as `100000.0`, and lists. */
const REWRITTEN = String.raw`^\s*(?:[{\[]|-?[0-9]+[.eE])`;

/** A column of a JSON file that the query returns as text. */
interface TextColumn {
  readonly name: string;
  readonly path: string;
  readonly cure: string;
}

/**
 * Refuses JSON numbers with a fraction or an exponent, objects and lists that a query returns as text.
 * @throws ExportError `QueryFailed`
 */
export async function refuseJsonText(
  connection: DuckDBConnection,
  query: ReadStatement,
): Promise<void> {
  const reads = query.reads.filter(({ format }) => format === 'json');
  if (reads.length === 0) return;
  const items = returnedItems(query.statement);
  for (const read of reads) {
    for (const column of [...statedAsText(read, items), ...extracted(items)]) {
      const count = await rewrittenValues(connection, read, column);
      if (count > 0) throw refusal(count, column);
    }
  }
}

/** Columns that are returned as they are, with `columns = {user_ids: 'VARCHAR'}`. */
function statedAsText(read: FileRead, items: readonly Node[]): TextColumn[] {
  const stated = (read.parameters.get('columns')?.children ?? []) as readonly Node[];
  const hasStar = items.some(({ class: kind }) => kind === 'STAR');
  const names = new Set(items.map((item) => columnName(item)?.toLowerCase()));
  return stated.flatMap((child) => {
    const name = String(child.alias);
    const isText = TEXT.test(constantText(child) ?? '');
    if (!isText || !(hasStar || names.has(name.toLowerCase()))) return [];
    const cure = `write columns = {${shownName(name)}: 'JSON'}`;
    return [{ name, path: '$', cure }];
  });
}

/** Columns that are returned by `user_ids->>'$'`. */
function extracted(items: readonly Node[]): TextColumn[] {
  return items.flatMap(({ function_name, children }) => {
    const [column, path] = (children ?? []) as readonly Node[];
    const name = columnName(column);
    const text = constantText(path);
    const isExtracted = function_name === '->>' || function_name === 'json_extract_string';
    if (!isExtracted || name === null || text === null) return [];
    const cure =
      text === '$'
        ? `write ${shownName(name)} alone`
        : `write ${shownName(name)}->${sqlText(text)}`;
    return [{ name, path: text, cure }];
  });
}

async function rewrittenValues(
  connection: DuckDBConnection,
  read: FileRead,
  { name, path }: TextColumn,
): Promise<number> {
  const reader = readerWith(read, [`columns = {${sqlText(name)}: 'JSON'}`]);
  const value = path === '$' ? sqlName(name) : `json_extract(${sqlName(name)}, ${sqlText(path)})`;
  const test = `regexp_matches(CAST(${value} AS VARCHAR), ${sqlText(REWRITTEN)})`;
  return await connection.runAndReadAll(`SELECT count(*) FROM ${reader} WHERE ${test}`).then(
    (found) => Number(found.value(0, 0)),
    // Running the query says what is wrong with the file.
    () => 0,
  );
}

function refusal(count: number, { name, cure }: TextColumn): ExportError {
  const what =
    count === 1
      ? `1 value of ${shownName(name)} is a JSON number with a fraction or an exponent, an object or a list. As text, DuckDB writes it`
      : `${count} values of ${shownName(name)} are JSON numbers with a fraction or an exponent, objects or lists. As text, DuckDB writes them`;
  return new ExportError(
    'QueryFailed',
    `${what} its own way, such as 1.50 as 1.5. To reject such rows and to send the others exactly, ${cure}.`,
  );
}
