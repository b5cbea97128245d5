import { constantText, LOCATION, type Node } from './parse-tree.ts';
import type { Splice } from './splices.ts';

/** How the read of a file is rewritten, and how that changes the tree of the statement. */
export interface Rewriting {
  readonly node: Node;
  readonly splices: readonly Splice[];
  readonly added: number;
  /** Where a name becomes a call. */
  readonly call?: { readonly reader: string; readonly file: string; readonly alias: string };
}

/** Whether two statements differ in these reads alone, so that what runs is what was checked. */
export function isRewritten(
  original: unknown,
  found: unknown,
  rewritings: readonly Rewriting[],
): boolean {
  const byNode = new Map<unknown, Rewriting>(rewritings.map((each) => [each.node, each]));
  const rest: [unknown, unknown][] = [[original, found]];
  let seen = 0;
  for (let pair = rest.pop(); pair !== undefined; pair = rest.pop()) {
    const [before, after] = pair;
    const rewriting = byNode.get(before);
    if (rewriting !== undefined) seen += 1;
    const parts =
      rewriting === undefined ? partsOf(before, after) : changedParts(rewriting, after as Node);
    if (parts === null) return false;
    rest.push(...parts);
  }
  return seen === rewritings.length;
}

/** The parts that must be equal for two values to be equal, or `null` if they differ. */
function partsOf(before: unknown, after: unknown): [unknown, unknown][] | null {
  if (typeof before !== 'object' || before === null) return before === after ? [] : null;
  if (typeof after !== 'object' || after === null) return null;
  const keys = Object.keys(before);
  if (Array.isArray(before) !== Array.isArray(after)) return null;
  if (keys.length !== Object.keys(after).length) return null;
  return keys
    .filter((key) => key !== LOCATION)
    .map((key) => [(before as Node)[key], (after as Node)[key]]);
}

function changedParts({ node, added, call }: Rewriting, after: Node): [unknown, unknown][] | null {
  const found = after.function as Node | undefined;
  const children = found?.children as readonly Node[] | undefined;
  if (after.type !== 'TABLE_FUNCTION' || found === undefined || children === undefined) return null;
  const kept = children.slice(0, children.length - added);
  if (call === undefined) {
    const before = node.function as Node;
    const { children: parameters } = before;
    return [
      [
        { ...node, function: null },
        { ...after, function: null },
      ],
      [
        { ...before, children: null },
        { ...found, children: null },
      ],
      [parameters, kept],
    ];
  }
  return [
    [call.reader, found.function_name],
    [
      ['', ''],
      [found.schema, found.catalog],
    ],
    [[call.file], kept.map(constantText)],
    [call.alias, after.alias],
    [node.sample, after.sample],
    [node.column_name_alias, after.column_name_alias],
    [node.at_clause ?? null, null],
  ];
}
