import { isJsonObject, type JsonObject } from './validation.ts';

export interface IdentifierCounts {
  userIds: number;
  deviceIds: number;
  aliases: number;
}

/** What may be shown of a request: counts, never an identifier. */
export interface Summary {
  readonly cohortId: string | null;
  readonly identifiers: IdentifierCounts;
  /** At least one of its changes removes. */
  readonly remove: boolean;
  readonly warnings: string[];
}

/** What Braze accepts, as far as anybody knows, but a good client does not send. */
export const WARNINGS = {
  noIdentifiers: 'no identifiers',
  emptyArray: 'empty array',
  unknownField: 'unknown field',
  opposites: 'identifier is added and removed at the same time',
} as const;

const NAMING_FIELDS = new Set([
  'partner_api_key',
  'client_secret',
  'cohort_id',
  'name',
  'created_at',
]);
const CHANGES_FIELDS = new Set(['partner_api_key', 'client_secret', 'cohort_id', 'cohort_changes']);
const CHANGE_FIELDS = new Set(['user_ids', 'device_ids', 'aliases', 'should_remove']);

/** Reads what it can of any body, valid or not: refused requests are in the log as well. */
export function summarise(route: 'cohorts' | 'users', body: JsonObject | null): Summary {
  const identifiers = { userIds: 0, deviceIds: 0, aliases: 0 };
  const warnings = new Set<string>();
  let remove = false;
  if (body !== null) {
    if (hasOthers(body, route === 'users' ? CHANGES_FIELDS : NAMING_FIELDS)) {
      warnings.add(WARNINGS.unknownField);
    }
    if (route === 'users') remove = countChanges(body.cohort_changes, identifiers, warnings);
  }
  const cohortId = body?.cohort_id;
  return {
    cohortId: typeof cohortId === 'string' ? cohortId : null,
    identifiers,
    remove,
    warnings: [...warnings],
  };
}

function countChanges(list: unknown, counts: IdentifierCounts, warnings: Set<string>): boolean {
  if (!Array.isArray(list)) return false;
  let remove = false;
  const length = (value: unknown): number => {
    if (!Array.isArray(value)) return 0;
    if (value.length === 0) warnings.add(WARNINGS.emptyArray);
    return value.length;
  };
  for (const change of list) {
    if (!isJsonObject(change)) continue;
    counts.userIds += length(change.user_ids);
    counts.deviceIds += length(change.device_ids);
    counts.aliases += length(change.aliases);
    if (change.should_remove === true) remove = true;
    if (hasOthers(change, CHANGE_FIELDS)) warnings.add(WARNINGS.unknownField);
  }
  if (counts.userIds + counts.deviceIds + counts.aliases === 0) {
    warnings.add(WARNINGS.noIdentifiers);
  }
  return remove;
}

function hasOthers(object: JsonObject, known: ReadonlySet<string>): boolean {
  for (const key in object) if (!known.has(key)) return true;
  return false;
}
