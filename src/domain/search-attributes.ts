import type { Stage } from './report.ts';

/** The search attributes of a run, with the types that a server must have them with. */
export const SEARCH_ATTRIBUTES = {
  CohortId: 'Keyword',
  CohortConnection: 'Keyword',
  CohortOperation: 'Keyword',
  CohortStage: 'Keyword',
  CohortIdentifiersSent: 'Int',
  CohortRowsRejected: 'Int',
} as const satisfies Record<string, SearchAttributeType>;

export type SearchAttributeType = 'Keyword' | 'Int';

export type SearchAttributeName = keyof typeof SEARCH_ATTRIBUTES;

export const SEARCH_ATTRIBUTE_NAMES = Object.keys(SEARCH_ATTRIBUTES) as SearchAttributeName[];

/** What a run is found by. `null` where an input that is not valid does not say it. */
export interface RunAttributes {
  readonly CohortId: string | null;
  readonly CohortConnection: string | null;
  readonly CohortOperation: string | null;
  readonly CohortStage: Stage;
  readonly CohortIdentifiersSent: number;
  readonly CohortRowsRejected: number;
}

/** SQL databases hold so many; a longer value would fail the workflow task again and again. */
const MOST_CHARACTERS = 255;

/** A value as a server takes it: cut if need be, but not in the middle of a character. */
export function attributeValue(value: string | number): string | number {
  if (typeof value === 'number') return value;
  const cut = value.slice(0, MOST_CHARACTERS);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
