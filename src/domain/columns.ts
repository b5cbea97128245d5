import { distance } from 'fastest-levenshtein';
import { isSafeName, listNames } from '../redaction/names.ts';
import type { IsTyped } from '../redaction/typed.ts';
import { ExportError } from './failures.ts';
import { didYouMean } from './nearest.ts';

/** Typing errors such as `emial` and `userids`; different words rarely are so close. */
const MISSPELT_EDITS = 2;

export type IdentifierKind = 'userIds' | 'deviceIds' | 'aliases';

/** A column of the result whose cells are sent. */
export interface IdentifierColumn {
  readonly kind: IdentifierKind;
  /** The column's name; for an alias also its `alias_label`. */
  readonly name: string;
  /** Its place in the result. */
  readonly index: number;
}

export interface ColumnPlan {
  readonly columns: readonly IdentifierColumn[];
  /** Names of columns of the result that are not sent. */
  readonly ignored: readonly string[];
}

/** The columns of the kinds that have one; an alias has a column of its label. */
export const COLUMN_OF_KIND = { userIds: 'user_ids', deviceIds: 'device_ids' } as const;

const KINDS: Readonly<Record<string, IdentifierKind>> = {
  [COLUMN_OF_KIND.userIds]: 'userIds',
  [COLUMN_OF_KIND.deviceIds]: 'deviceIds',
};

/**
 * Decides which columns of a result are sent, by their exact names.
 * @param isTyped which names an error may show, as the query has them
 * @throws ExportError `MissingColumns`, or `QueryFailed` where two columns have one name.
 */
export function planColumns(
  found: readonly string[],
  aliases: readonly string[],
  isTyped: IsTyped,
): ColumnPlan {
  const wanted = new Map<string, IdentifierKind>(Object.entries(KINDS));
  for (const alias of aliases) wanted.set(alias, 'aliases');
  const columns = found.flatMap((name, index) => {
    const kind = wanted.get(name);
    return kind === undefined ? [] : [{ kind, name, index }];
  });
  const isShown: IsTyped = (name) => isTyped(name) || isMisspelt(name, [...wanted.keys()]);
  requireColumns(found, aliases, columns, isShown);
  const names = columns.map((column) => column.name);
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) {
    throw new ExportError(
      'QueryFailed',
      `The query's result has two columns named "${repeated}", so the name is ambiguous. Nothing was sent. Rename or drop one.`,
    );
  }
  return { columns, ignored: found.filter((name) => !wanted.has(name)) };
}

/** A name that is almost a wanted one: showing it reveals only what the input says already. */
function isMisspelt(name: string, wanted: readonly string[]): boolean {
  if (/\d/.test(name)) return false;
  return wanted.some((each) => distance(name.toLowerCase(), each.toLowerCase()) <= MISSPELT_EDITS);
}

function requireColumns(
  found: readonly string[],
  aliases: readonly string[],
  columns: readonly IdentifierColumn[],
  isTyped: IsTyped,
): void {
  const shown = found.filter((name) => isSafeName(name, isTyped));
  const missing = aliases.filter((alias) => !found.includes(alias));
  const problems = missing.map(
    (alias) => `the alias column "${alias}" is not in the result${didYouMean(alias, shown)}`,
  );
  if (columns.length === 0) {
    const candidates = Object.keys(KINDS).flatMap((name) => {
      const hint = didYouMean(name, shown);
      return hint === '' ? [] : [`no ${name}${hint}`];
    });
    problems.unshift(
      `it has no identifier column${candidates.length === 0 ? '' : `: ${candidates.join('; ')}`}`,
    );
  }
  if (problems.length === 0) return;
  throw new ExportError(
    'MissingColumns',
    `The query's result cannot be sent: ${problems.join('; ')}. Its columns: ${listNames(found, isTyped)}. ` +
      'A column must be named user_ids, device_ids or like one of the aliases (exact match, including case); rename columns with AS. Nothing was sent.',
  );
}
