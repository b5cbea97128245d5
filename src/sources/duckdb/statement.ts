import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { REFUSED_FUNCTIONS, TABLE_FUNCTIONS } from './allowed-functions.ts';
import { engineFailed, type QueryText, queryFailed } from './error-text.ts';
import { DATA_FILE, nearestFiles, WORKBOOK } from './file-names.ts';
import { type Node, tableName, walk } from './parse-tree.ts';

const RULE =
  'An export runs exactly one statement that only reads (SELECT, FROM, VALUES, WITH … SELECT).';
const READERS =
  "Name a CSV, Parquet or JSON file, such as FROM 'members.csv', or a reader, such as FROM read_csv('part-*.txt').";

const DATABASE_FILE = /\.(?:db|ddb|duckdb)(?:\?|$)/i;
/** DuckDB's own views: they describe the worker. */
const SYSTEM_VIEW = /^(?:duckdb|pg|pragma|sqlite)_/i;

const QUERY_NODES = new Set(['SELECT_NODE', 'SET_OPERATION_NODE', 'RECURSIVE_CTE_NODE']);
const TABLE_NODES = new Set([
  'BASE_TABLE',
  'EMPTY',
  'EXPRESSION_LIST',
  'JOIN',
  'PIVOT',
  'SUBQUERY',
  'TABLE_FUNCTION',
]);

const OTHER_NODES = new Map([
  ['SHOW_REF', 'DESCRIBE, SHOW and SUMMARIZE describe tables; their rows are not identifiers.'],
]);

/**
 * Refuses all but one statement that only reads files. It looks at DuckDB's own parse of the query,
 * before DuckDB does anything else with it: preparing some statements already has effects.
 * @returns the tree of the statement
 * @throws ExportError `QueryFailed`
 */
export async function checkStatement(connection: DuckDBConnection, text: QueryText): Promise<Node> {
  if (text.query.includes('\0')) throw refused('It contains a NUL character.');
  const statements = await parse(connection, text);
  if (statements.length === 0) throw refused('It is empty.');
  if (statements.length > 1) throw refused(`It has ${statements.length} statements.`);
  const nodes = [...walk(statements)];
  const ctes = new Set(nodes.flatMap(cteNames));
  const file = [...ctes].find((name) => DATA_FILE.test(name));
  if (file !== undefined) throw refused(`Its WITH defines "${file}", which is the name of a file.`);
  for (const node of nodes) checkNode(node, ctes, text.directory);
  return statements[0] as Node;
}

/** The trees of the statements in a text. @throws ExportError `QueryFailed` */
export async function parse(connection: DuckDBConnection, text: QueryText): Promise<unknown[]> {
  const parsed = JSON.parse(await serialize(connection, text)) as
    | { error: false; statements: unknown[] }
    | { error: true; error_type: string; error_message: string; position?: string };
  if (!parsed.error) return parsed.statements;
  if (parsed.error_type === 'not implemented') throw refused(notASelect(text.query));
  throw queryFailed(
    { kind: 'Parser', message: parsed.error_message, position: parsed.position },
    text,
  );
}

/** DuckDB's own parse of a text, as JSON. */
export async function serialize(connection: DuckDBConnection, text: QueryText): Promise<string> {
  const serialized = await connection
    .runAndReadAll('SELECT json_serialize_sql($1::VARCHAR)', [text.query])
    .catch((error: unknown) => {
      throw engineFailed(error, text);
    });
  return String(serialized.value(0, 0));
}

function notASelect(query: string): string {
  if (/\bpivot\b/i.test(query)) {
    return "A PIVOT must list its values, as in PIVOT … ON kind IN ('a', 'b') USING …; otherwise DuckDB runs it as two statements.";
  }
  const [, word = ''] = /^(?:\s|;|\(|--[^\n]*|\/\*.*?\*\/)*(\w+)/s.exec(query) ?? [];
  return /^(?:select|from|with|values|table|)$/i.test(word)
    ? 'One of its statements is not a SELECT.'
    : `It begins with ${word.toUpperCase().slice(0, 20)}.`;
}

function cteNames(node: Node): string[] {
  const map = (node.cte_map as { map?: { key: string }[] } | undefined)?.map ?? [];
  const own = typeof node.cte_name === 'string' ? [node.cte_name] : [];
  return [...own, ...map.map(({ key }) => key)].map((name) => name.toLowerCase());
}

function checkNode(node: Node, ctes: ReadonlySet<string>, directory: string): void {
  const type = String(node.type);
  if (node.function_name !== undefined) checkFunction(node);
  if (node.class !== undefined) return;
  const isQuery = node.cte_map !== undefined;
  const isTable = !isQuery && node.sample !== undefined;
  if ((isQuery && !QUERY_NODES.has(type)) || (isTable && !TABLE_NODES.has(type))) {
    throw refused(OTHER_NODES.get(type) ?? `It contains a ${type}, which may do more than read.`);
  }
  if (type === 'TABLE_FUNCTION') checkTableFunction(node.function as Node);
  if (type === 'BASE_TABLE') checkTableName(node, ctes, directory);
}

function checkTableFunction(call: Node): void {
  const name = String(call.function_name);
  if (TABLE_FUNCTIONS.has(name.toLowerCase())) return;
  throw refused(
    `It calls the table function ${name}, which is not allowed. An export may read CSV, Parquet and JSON files (read_csv, read_parquet, read_json and their variants) and make rows with unnest, range, generate_series, repeat, json_each and json_tree.`,
  );
}

function checkFunction(call: Node): void {
  const name = String(call.function_name);
  const reason = REFUSED_FUNCTIONS.get(name.toLowerCase());
  if (reason !== undefined) throw refused(`It calls ${name}, which is not allowed: ${reason}.`);
  const [first] = Array.isArray(call.children) ? call.children : [];
  if (name.toLowerCase() === 'error' && (first as Node | undefined)?.class !== 'CONSTANT') {
    throw refused(
      "It calls error() with a text that is not constant, which could expose data; use a constant, such as error('no rows today').",
    );
  }
}

/** A name in FROM is a part of the query itself (WITH) or a file. There are no tables. */
function checkTableName(node: Node, ctes: ReadonlySet<string>, directory: string): void {
  const name = tableName(node);
  const ofQuery = node.schema_name === '' || node.schema_name === 'recurring';
  if (!DATABASE_FILE.test(name) && !SYSTEM_VIEW.test(String(node.table_name))) {
    if (DATA_FILE.test(name)) return;
    if (ofQuery && ctes.has(String(node.table_name).toLowerCase())) return;
  }
  if (WORKBOOK.test(name)) {
    throw new ExportError(
      'QueryFailed',
      `The query reads from "${name}", which is a workbook. Save the sheet as "CSV UTF-8" and read that file.${nearestFiles(name, directory)}`,
    );
  }
  throw new ExportError(
    'QueryFailed',
    `The query reads from "${name}", which is neither defined in the query (WITH) nor a file that can be read by name. ${READERS}${nearestFiles(name, directory)}`,
  );
}

function refused(what: string): ExportError {
  return new ExportError('QueryFailed', `The query was refused. ${what} ${RULE}`);
}
