import type { DuckDBConnection } from '@duckdb/node-api';
import type { EngineError } from './engine-error.ts';
import { ALL_TEXT, callOf } from './file-calls.ts';
import type { ReadStatement } from './file-reads.ts';
import { LOCATION, type Node, walk } from './parse-tree.ts';
import { sqlName } from './sql-tokens.ts';
import { shownName } from './unfit-type.ts';

const TEXT = 'VARCHAR';
/** The types that DuckDB could not compare, mix or compute with, as its errors name them. */
const TYPES =
  /^(?:Cannot compare values of type (?<left>.+?) and type (?<right>.+?) -|Cannot mix values of type (?<first>.+?) and (?<second>.+?) in |No function matches the given name and argument types '(?<call>.*?)')/s;

/** Types to compute with, by the type on the other side. */
const COUNTERPARTS: readonly [other: RegExp, type: string][] = [
  [/^(?:DATE|TIMESTAMP|TIMESTAMP_NS)\b/, 'TIMESTAMP'],
  [/^(?:INTERVAL)/, 'TIMESTAMP'],
  [/^(?:INTEGER_LITERAL|U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER)/, 'HUGEINT'],
  [/^(?:DECIMAL|DOUBLE|FLOAT)/, 'DOUBLE'],
  [/^BOOLEAN/, 'BOOLEAN'],
];
const IN_SUBQUERY =
  /^Cannot compare values of type (?:VARCHAR and \S+|\S+ and VARCHAR) in IN\/ANY\/ALL clause/;
const OF_TIMES =
  /^(?:date_|datetrunc|datediff|datepart|year|month|day|week|quarter|hour|minute|epoch|strftime|age$)/;

/**
 * The cast to paste where a query computes with a text column, as all columns of a CSV file are. Its
 * type fits all values of the column or, if none does, the query.
 */
export async function textAdvice(
  { message, position }: EngineError,
  query: ReadStatement,
  connection: DuckDBConnection,
): Promise<string> {
  if (IN_SUBQUERY.test(message)) {
    return 'Compare them as text: cast the one that is a number with CAST(… AS VARCHAR).';
  }
  const found = TYPES.exec(message)?.groups;
  if (found === undefined || !query.reads.some(({ format }) => format === 'csv')) return '';
  const call = /^(?<name>.*?)\((?<types>.*)\)$/s.exec(found.call ?? '')?.groups;
  const types = call?.types?.split(', ') ?? [
    found.left ?? found.first ?? '',
    found.right ?? found.second ?? '',
  ];
  if (!types.includes(TEXT)) return '';
  const needed = neededType(types, call?.name ?? '');
  const operand = textOperand(query.statement, Number(position), types);
  if (operand === null) {
    return `Columns of CSV files are text. To compute with one, cast it, as in CAST(amount AS ${needed}).`;
  }
  const shown = operand.map(shownName).join('.');
  const real = await guessedType(operand.at(-1) ?? '', query, connection, ALL_ROWS);
  const column = `Columns of CSV files are text. To compute with ${shown}, write`;
  if (real !== null) return `${column} CAST(${shown} AS ${real}).`;
  return `${column} TRY_CAST(${shown} AS ${needed}), which is NULL where a value does not fit.`;
}

function neededType(types: readonly string[], name: string): string {
  if (OF_TIMES.test(name)) return 'TIMESTAMP';
  const others = types.filter((type) => type !== TEXT);
  const match = COUNTERPARTS.find(([other]) => others.some((type) => other.test(type)));
  return match?.[1] ?? 'DOUBLE';
}

/** The name, as the query has it, of the text column at a position. */
function textOperand(statement: Node, place: number, types: readonly string[]): string[] | null {
  for (const node of walk(statement)) {
    if (node[LOCATION] !== place || node.class === undefined) continue;
    const operands = operandsOf(node);
    const matching = operands.length === types.length ? types : [];
    const columns = operands.filter(
      ({ class: kind }, index) => kind === 'COLUMN_REF' && (matching[index] ?? TEXT) === TEXT,
    );
    const [column] = columns;
    if (column !== undefined) return column.column_names as string[];
  }
  return null;
}

function operandsOf(node: Node): Node[] {
  const all = [node.left, node.right, node.input, node.lower, node.upper, node.children].flat();
  return all.filter((operand): operand is Node => typeof operand === 'object' && operand !== null);
}

/** Digits that a DOUBLE keeps, and that a DECIMAL can have. */
const MOST_EXACT = 15;
const MOST_DIGITS = 38;
/** For `sample_size`. */
const ALL_ROWS = -1;
export const SOME_ROWS = 20_480;

/**
 * The type, other than text, that fits this many rows of a CSV file's column, and all digits of its
 * numbers; `null` if there is none.
 */
export async function guessedType(
  column: string,
  { reads, query }: ReadStatement,
  connection: DuckDBConnection,
  rows: number,
): Promise<string | null> {
  for (const read of reads) {
    if (read.format !== 'csv') continue;
    const call = callOf(read, query);
    const added = read.added.filter((parameter) => parameter !== ALL_TEXT);
    const guessing = [call, ...added, 'all_varchar = false', `sample_size = ${rows}`];
    const result = await connection.run(`FROM ${guessing.join(', ')}) LIMIT 0`).catch(() => null);
    const names = result?.columnNames() ?? [];
    const index = names.findIndex((name) => name.toLowerCase() === column.toLowerCase());
    const type = result?.columnTypes()[index]?.toString();
    if (type === undefined) continue;
    if (type !== TEXT && type !== 'DOUBLE') return type;
    // Numbers with zeros before them have an order as text, too.
    if (type === TEXT && rows !== ALL_ROWS) continue;
    const text = `${[call, ...read.added].join(', ')})`;
    const exact = await exactType(sqlName(names[index] ?? ''), text, connection);
    if (exact !== null || type !== TEXT) return exact ?? type;
  }
  return null;
}

/** A type for numbers that a DOUBLE would round, or that have zeros before them; `null` for all others. */
async function exactType(
  column: string,
  text: string,
  connection: DuckDBConnection,
): Promise<string | null> {
  const number = `trim(${column})`;
  const digits = (part: string) => `max(len(regexp_extract(${number}, '${part}', 1)))`;
  const found = await connection
    .runAndReadAll(
      `SELECT bool_and(regexp_full_match(${number}, '[-+]?[0-9]{1,38}')), bool_and(regexp_full_match(${number}, '[-+]?[0-9]+(?:[.][0-9]*)?')), ${digits('^[-+]?([0-9]*)')}::INTEGER, ${digits('[.]([0-9]*)$')}::INTEGER FROM ${text}`,
    )
    .catch(() => null);
  const [isWhole, isPlain, whole, scale] = found?.getRows()[0] ?? [];
  if (isWhole === true) return 'HUGEINT';
  const isExact = Number(whole) + Number(scale) <= MOST_EXACT;
  if (isPlain !== true || isExact || Number(whole) + Number(scale) > MOST_DIGITS) return null;
  return `DECIMAL(${MOST_DIGITS},${scale})`;
}
