import type { QueryMemory } from '../../domain/source-port.ts';
import { DATA_FILE, type Format, formatOf } from './file-names.ts';
import {
  columnName,
  constantText,
  constantTexts,
  type Node,
  tableName,
  walk,
} from './parse-tree.ts';

/** A place of a query that reads files: a name in FROM, or the call of a reader. */
export interface FileRead {
  /** A BASE_TABLE or a TABLE_FUNCTION. */
  readonly node: Node;
  readonly format: Format;
  readonly isCall: boolean;
  /** Names and patterns; empty where the query computes them. */
  readonly files: readonly string[];
  /** Named parameters of the call and their values; the names are in lower case. */
  readonly parameters: ReadonlyMap<string, Node>;
  /** Parameters to add to the call, so that the file is read as it stands. */
  readonly added: readonly string[];
  /** The CSV file whose first line is a header by DuckDB's guess alone; `null` where there is none. */
  readonly guessed: string | null;
}

/** A statement that was checked, and the files that it reads. */
export interface ReadStatement extends QueryMemory {
  readonly statement: Node;
  readonly reads: readonly FileRead[];
  readonly query: string;
  readonly directory: string;
}

/** A pattern of files rather than the name of one. */
const PATTERN = /[*?[]/;

/** The alias that DuckDB gives to a file that is read by its name alone. */
export function defaultAlias(file: string): string {
  if (PATTERN.test(file)) return file;
  return file.split('/').at(-1)?.split('.')[0] || file;
}

const READERS: ReadonlyMap<string, Format> = new Map([
  ['read_csv', 'csv'],
  ['read_csv_auto', 'csv'],
  ['read_json', 'json'],
  ['read_json_auto', 'json'],
  ['read_ndjson', 'json'],
  ['read_ndjson_auto', 'json'],
  ['read_parquet', 'parquet'],
  ['parquet_scan', 'parquet'],
]);

/** What only the files say about a read. */
const FOUND = { added: [], guessed: null } as const;

/** The reads of a checked statement. */
export function fileReads(statement: Node): FileRead[] {
  return [...walk(statement)].flatMap((node) => fileRead(node) ?? []);
}

function fileRead(node: Node): FileRead | null {
  if (node.type === 'BASE_TABLE' && node.class === undefined) {
    const name = tableName(node);
    if (!DATA_FILE.test(name)) return null;
    const parameters = new Map<string, Node>();
    return { ...FOUND, node, format: formatOf(name), isCall: false, files: [name], parameters };
  }
  if (node.type !== 'TABLE_FUNCTION') return null;
  const call = node.function as Node;
  const format = READERS.get(String(call.function_name).toLowerCase());
  if (format === undefined) return null;
  const children = call.children as readonly Node[];
  const parameters = new Map(children.flatMap(parameter));
  return { ...FOUND, node, format, isCall: true, files: filesOf(children[0]), parameters };
}

/** `delim = ';'` and `delim := ';'`. */
function parameter(child: Node): [name: string, value: Node][] {
  const isEqual = child.type === 'COMPARE_EQUAL';
  const name = isEqual ? columnName(child.left) : String(child.alias ?? '');
  if (name === null || name === '') return [];
  return [[name.toLowerCase(), isEqual ? (child.right as Node) : child]];
}

function filesOf(argument: Node | undefined): string[] {
  const name = constantText(argument);
  return name === null ? (constantTexts(argument) ?? []) : [name];
}
