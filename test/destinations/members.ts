import fc from 'fast-check';
import type { IdentifierColumn } from '../../src/domain/columns.ts';

/** What a service holds of a cohort. */
export interface Members {
  readonly userIds: readonly string[];
  readonly deviceIds: readonly string[];
  readonly aliases: readonly { readonly label: string; readonly name: string }[];
}

/** A column of each kind, and aliases of two labels. */
export const COLUMNS: readonly IdentifierColumn[] = [
  { kind: 'userIds', name: 'user_ids', index: 0 },
  { kind: 'deviceIds', name: 'device_ids', index: 1 },
  { kind: 'aliases', name: 'e-mail', index: 2 },
  { kind: 'aliases', name: 'phone "number"', index: 3 },
];

/** An identifier, and its column of those above. */
export type Cell = readonly [column: number, identifier: string];

/** So many different identifiers. */
export function distinct(identifier: fc.Arbitrary<string>, count: number): string[] {
  const found = new Set<string>();
  for (let seed = 1; found.size < count; seed += 1) {
    for (const each of fc.sample(identifier, { numRuns: count, seed })) found.add(each);
  }
  return [...found].slice(0, count);
}

/** What a cohort holds once these were added to it. */
export function membersOf(cells: readonly Cell[]): Members {
  const of = (column: number) => [
    ...new Set(cells.flatMap(([found, identifier]) => (found === column ? [identifier] : []))),
  ];
  const aliases = COLUMNS.flatMap(({ kind, name }, column) =>
    kind === 'aliases' ? of(column).map((identifier) => ({ label: name, name: identifier })) : [],
  );
  return sorted({ userIds: of(0), deviceIds: of(1), aliases });
}

export function sorted({ userIds, deviceIds, aliases }: Members): Members {
  const key = ({ label, name }: Members['aliases'][number]) => JSON.stringify([label, name]);
  return {
    userIds: userIds.toSorted(),
    deviceIds: deviceIds.toSorted(),
    aliases: aliases.toSorted((a, b) => (key(a) < key(b) ? -1 : 1)),
  };
}
