import { wordsTypedIn } from '../../redaction/typed.ts';
import type { FileRead, ReadStatement } from './file-reads.ts';
import { columnName, constantTexts, LOCATION, type Node, walk } from './parse-tree.ts';

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
    return name === null ? [] : [{ name: name.toLowerCase(), place: Number(node[LOCATION]) }];
  });
  return new Set(found.toSorted((a, b) => a.place - b.place).map(({ name }) => name));
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
