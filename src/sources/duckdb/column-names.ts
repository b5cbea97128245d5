import { wordsTypedIn } from '../../redaction/typed.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import {
  columnName,
  constantText,
  constantTexts,
  LOCATION,
  type Node,
  walk,
} from './parse-tree.ts';

/** The columns that a query names, in lower case and in the query's order. */
export function columnsOf({ statement, reads }: ReadStatement): Set<string> {
  // The names of parameters look like columns.
  const parameters = new Set(
    reads.flatMap(({ node }) => {
      const children = ((node.function as Node | undefined)?.children ?? []) as readonly Node[];
      return children.map(({ left }) => left);
    }),
  );
  const found = [...walk(statement)].flatMap((node) => {
    const name = parameters.has(node) ? null : columnName(node);
    const names = name === null ? listedNames(node) : [name];
    const place = Number(node[LOCATION]);
    return names.map((each) => ({ name: each.toLowerCase(), place }));
  });
  return new Set(found.toSorted((a, b) => a.place - b.place).map(({ name }) => name));
}

/** The names in `USING (…)`, `EXCLUDE (…)`, `RENAME (…)` and `COLUMNS('…')`. */
function listedNames({
  using_columns,
  exclude_list,
  rename_list,
  class: kind,
  expr,
}: Node): string[] {
  const renamed = ((rename_list ?? []) as readonly Node[]).map(({ key }) => (key as Node).column);
  const listed = [using_columns ?? [], exclude_list ?? [], renamed].flat();
  const pattern = kind === 'STAR' ? constantText(expr) : null;
  return [...listed, pattern].filter((name) => typeof name === 'string');
}

/** Names that the query itself gives to a file's columns, by position; `null` where it gives none. */
export function givenNames({ node, parameters }: FileRead): readonly string[] | null {
  const list = parameters.get('names') ?? parameters.get('column_names');
  if (list !== undefined) return constantTexts(list) ?? [];
  const columns = parameters.get('columns');
  if (columns !== undefined) {
    return ((columns.children ?? []) as readonly Node[]).map(({ alias }) => String(alias));
  }
  const aliases = (node.column_name_alias ?? []) as readonly string[];
  return aliases.length === 0 ? null : aliases;
}

/** Whether a query may use a column: it contains its name, or `*`. */
export function columnTest({ statement, query }: ReadStatement): (column: string) => boolean {
  const isTyped = wordsTypedIn(query);
  const hasStar = [...walk(statement)].some(({ class: kind }) => kind === 'STAR');
  return (column) => hasStar || isTyped(column);
}
