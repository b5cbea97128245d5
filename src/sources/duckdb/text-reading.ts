import type { DuckDBConnection } from '@duckdb/node-api';
import { ExportError } from '../../domain/failures.ts';
import { columnTest } from './column-names.ts';
import { engineFailed, type QueryText } from './error-text.ts';
import { callOf } from './file-calls.ts';
import { defaultAlias, type FileRead, type ReadStatement } from './file-reads.ts';
import { type JsonReading, jsonColumns } from './json-columns.ts';
import { LOCATION } from './parse-tree.ts';
import { isRewritten, type Rewriting } from './rewriting.ts';
import { type Splice, SplicedText } from './splices.ts';
import { closingBracket, endOfTable, keywordTable, sqlName } from './sql-tokens.ts';
import { parse } from './statement.ts';

/**
 * Rewrites a checked statement so that no file's types are guessed from a part of it: CSV is read as
 * text, JSON with types that all of its values have. Types that the query itself states are kept.
 * @throws ExportError `QueryFailed`
 */
export async function readExactly(
  connection: DuckDBConnection,
  query: ReadStatement,
): Promise<SplicedText> {
  const bytes = Buffer.from(query.query).toString('latin1');
  const isUsed = columnTest(query);
  const rewritings: Rewriting[] = [];
  for (const read of query.reads) {
    const rewriting = await rewrite(connection, read, bytes, query, isUsed);
    if (rewriting !== null) rewritings.push(rewriting);
  }
  const spliced = new SplicedText(
    query.query,
    rewritings.flatMap(({ splices }) => splices),
  );
  if (rewritings.length === 0) return spliced;
  const found = await parse(connection, { ...query, query: spliced.text }).catch(() => []);
  if (isRewritten([query.statement], found, rewritings)) return spliced;
  throw new ExportError(
    'QueryFailed',
    "The query was refused. It reads a file in a way that could change identifiers, and it could not be rewritten. Use plain readers that state the types: FROM read_csv('members.csv', all_varchar = true) or FROM read_json('members.json', columns = {user_ids: 'JSON'}).",
  );
}

async function rewrite(
  connection: DuckDBConnection,
  read: FileRead,
  bytes: string,
  text: QueryText,
  isUsed: JsonReading['isUsed'],
): Promise<Rewriting | null> {
  if (read.format === 'parquet') return null;
  const start = Number(read.node[LOCATION]);
  const end = read.isCall ? closingBracket(bytes, start) : endOfTable(bytes, start);
  if (end === null) return null;
  const call = callOf(read, text.query);
  const parameters =
    read.format === 'csv'
      ? read.added
      : await jsonParameters(connection, read, { call, isUsed }, text);
  if (parameters.length === 0) return null;
  const added = parameters.map((parameter) => `, ${parameter}`).join('');
  const common = { node: read.node, added: parameters.length };
  if (read.isCall) return { ...common, splices: [{ start: end, end, text: added }] };
  const [file = ''] = read.files;
  const given = String(read.node.alias);
  const alias = given === '' ? defaultAlias(file) : given;
  const named = `${call}${added})${given === '' ? ` AS ${sqlName(alias)}` : ''}`;
  const splices: Splice[] = [{ start, end, text: named }];
  const keyword = keywordTable(bytes, start);
  if (keyword !== null) {
    splices.push({ start: keyword, end: keyword + 'table'.length, text: 'FROM' });
  }
  return { ...common, splices, call: { reader: `read_${read.format}`, file, alias } };
}

async function jsonParameters(
  connection: DuckDBConnection,
  { node, parameters }: FileRead,
  reading: Omit<JsonReading, 'keepsTimes'>,
  text: QueryText,
): Promise<string[]> {
  if (parameters.has('columns')) return [];
  try {
    const keepsTimes = parameters.has('dateformat') || parameters.has('timestampformat');
    return [`columns = ${await jsonColumns(connection, { ...reading, keepsTimes })}`];
  } catch (error) {
    if (error instanceof ExportError) throw error;
    throw engineFailed(error, text, () => Number(node[LOCATION]));
  }
}
