import { columnName, type Node, walk } from './parse-tree.ts';

const ALL = '*';

/** Names of columns, in lower case; `null` where any may be meant. */
type Names = ReadonlySet<string> | null;

interface Scope {
  readonly ctes: ReadonlyMap<string, Node>;
  /** The names that were asked of each CTE. */
  readonly visited: Map<Node, string>;
}

/**
 * The items of select lists whose values may be in a statement's result: those of its own list, and those
 * of subqueries and WITH that it names. Where that is not clear, all items of a part.
 */
export function returnedItems(statement: Node): Node[] {
  return [
    ...new Set(itemsOf(statement.node as Node, null, { ctes: new Map(), visited: new Map() })),
  ];
}

function itemsOf(query: Node, wanted: Names, outer: Scope): Node[] {
  const scope = { ...outer, ctes: new Map([...outer.ctes, ...ctesOf(query)]) };
  if (query.type === 'SET_OPERATION_NODE') {
    // They match by position.
    const parts = [query.left, query.right, ...nodesIn(query.children)].filter(isNode);
    return parts.flatMap((part) => itemsOf(part, null, scope));
  }
  if (query.type !== 'SELECT_NODE') return allItems(query, scope);
  const items = kept(nodesIn(query.select_list), wanted);
  const sources = sourcesOf(query.from_table);
  // Tables of the same FROM may use each other's columns.
  const besides = sources.length > 1 ? sources : [];
  const used = usedBy(items, wanted, besides);
  const nested = items.flatMap((item) => allItems(item, scope));
  return [...items, ...nested, ...sources.flatMap((source) => itemsIn(source, used, scope))];
}

/** Items with these names, and those of the same list that they use. */
function kept(items: readonly Node[], wanted: Names): readonly Node[] {
  if (wanted === null) return items;
  const names = new Set(wanted);
  let found: readonly Node[] = [];
  for (let count = -1; count !== found.length; ) {
    count = found.length;
    found = items.filter((item) => {
      const name = String(item.alias || (columnName(item) ?? '')).toLowerCase();
      return name === '' || names.has(name);
    });
    for (const name of columnsIn(found)) names.add(name);
  }
  return found;
}

function usedBy(items: readonly Node[], wanted: Names, besides: readonly Node[]): Names {
  const isUnclear = [...walk(items)].some(
    ({ class: kind, columns, rename_list }) =>
      kind === 'POSITIONAL_REFERENCE' ||
      (kind === 'STAR' && (wanted === null || columns === true || nodesIn(rename_list).length > 0)),
  );
  if (isUnclear) return null;
  const hasStar = items.some(({ class: kind }) => kind === 'STAR');
  return new Set([...columnsIn([...items, ...besides]), ...(hasStar ? (wanted ?? []) : [])]);
}

function itemsIn(source: Node, used: Names, scope: Scope): Node[] {
  const names = nodesIn(source.column_name_alias).length > 0 ? null : used;
  if (source.type === 'SUBQUERY')
    return itemsOf((source.subquery as Node).node as Node, names, scope);
  if (source.type === 'BASE_TABLE') return itemsOfCte(source, names, scope);
  return allItems(source, scope);
}

function itemsOfCte({ table_name }: Node, wanted: Names, scope: Scope): Node[] {
  const name = String(table_name).toLowerCase();
  const cte = scope.ctes.get(name);
  if (cte === undefined) return [];
  const names = repeated(cte, nodesIn(cte.aliases).length > 0 ? null : wanted, scope);
  return names === undefined ? [] : itemsOf((cte.query as Node).node as Node, names, scope);
}

/**
 * The names to look for in a CTE; `undefined` where they were looked for. The second time, all are: CTEs
 * that use one another could be visited too often.
 */
function repeated(cte: Node, names: Names, { visited }: Scope): Names | undefined {
  const before = visited.get(cte);
  const key = names === null ? ALL : [...names].sort().join('\n');
  if (before === ALL || before === key) return undefined;
  visited.set(cte, before === undefined ? key : ALL);
  return before === undefined ? names : null;
}

function allItems(part: Node, scope: Scope): Node[] {
  return [...walk(part)].flatMap((node) =>
    node.type === 'BASE_TABLE' ? itemsOfCte(node, null, scope) : nodesIn(node.select_list),
  );
}

/** The tables, subqueries and calls of a FROM. */
function sourcesOf(from: unknown): Node[] {
  const found: Node[] = [];
  const rest = [from];
  while (rest.length > 0) {
    const table = rest.pop();
    if (!isNode(table)) continue;
    if (table.type === 'JOIN') rest.push(table.left, table.right);
    else found.push(table);
  }
  return found;
}

function ctesOf({ cte_map }: Node): [name: string, cte: Node][] {
  const entries = nodesIn((cte_map as Node | undefined)?.map);
  return entries.map(({ key, value }) => [String(key).toLowerCase(), value as Node]);
}

function columnsIn(nodes: readonly Node[]): string[] {
  return [...walk(nodes)].flatMap((node) => columnName(node)?.toLowerCase() ?? []);
}

function nodesIn(list: unknown): readonly Node[] {
  return (list ?? []) as readonly Node[];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null;
}
