import type { Batch } from './batches.ts';
import { COLUMN_OF_KIND } from './columns.ts';

/** Where identifiers stand in a batch: user ids, then device ids, then aliases; `end` is not included. */
export interface Part {
  readonly start: number;
  readonly end: number;
}

/** The identifiers of a part of a batch, as a batch. */
export function partOf(batch: Batch, { start, end }: Part): Batch {
  let before = 0;
  const cut = (values: readonly string[]) => {
    const first = before;
    before += values.length;
    return values.slice(Math.max(0, start - first), Math.max(0, end - first));
  };
  return {
    userIds: cut(batch.userIds),
    deviceIds: cut(batch.deviceIds),
    aliases: batch.aliases
      .map(({ label, names }) => ({ label, names: cut(names) }))
      .filter(({ names }) => names.length > 0),
  };
}

/** The identifiers of a batch, in order, each with the name of its column. */
export function identifiersOf({ userIds, deviceIds, aliases }: Batch): NamedIdentifier[] {
  const named = (column: string, values: readonly string[]) =>
    values.map((value) => ({ column, value }));
  return [
    ...named(COLUMN_OF_KIND.userIds, userIds),
    ...named(COLUMN_OF_KIND.deviceIds, deviceIds),
    ...aliases.flatMap(({ label, names }) => named(label, names)),
  ];
}

export interface NamedIdentifier {
  readonly column: string;
  readonly value: string;
}
