import type { Alias } from './members.ts';

// https://www.braze.com/docs/partners/isv_partners/cohort_import (user cohort endpoint)
const MAX_IDENTIFIERS_PER_REQUEST = 1_000;

// https://www.braze.com/docs/api/endpoints/user_data/post_user_track: "4 MB", of which the smaller
// reading is taken: a client that keeps to it is safe under either.
export const MAX_BODY_BYTES = 4_000_000;

// Not on the cohort page; https://www.braze.com/docs/api/endpoints/user_data/post_user_track
// responds with this limit for longer ones.
const MAX_EXTERNAL_ID_BYTES = 987;

/** UTF-8 needs at most three bytes for a UTF-16 code unit: shorter strings need no counting. */
const SURELY_SHORT_ENOUGH = Math.floor(MAX_EXTERNAL_ID_BYTES / 3);

/** Words of https://www.braze.com/docs/partners/isv_partners/cohort_import (troubleshooting). */
export const DOCUMENTED = {
  cohortId: '`cohort_id` must be a valid string',
  cohortChanges:
    '`cohort_changes` must be an array of objects each with key `user_ids` and/or `device_ids` mapping to an array of strings, or an `aliases` object',
  tooMany: 'Only 1,000 `user_ids`, `device_ids`, and `aliases` are allowed per request',
  name: '`name` must be a non-empty string',
  createdAt: '`created_at` must be a valid time as an ISO-8601 string',
  partnerApiKey: 'Invalid Partner API key',
  clientSecret: 'Invalid client secret',
  partnerNotEnabled: 'Partner not enabled for client with client secret: ',
  unauthorized: 'Unauthorized access',
  locked: 'Resource locked',
} as const;

/** What Braze refuses, or surely would; the wording is ours, as the vendor's is not documented. */
export const UNDOCUMENTED = {
  contentType: 'The Content-Type must be application/json',
  notJson: 'The request body must be a JSON object',
  shouldRemove: '`should_remove` must be a boolean',
  externalIdTooLong: "'external_id' must be fewer than 988 bytes",
  refused: 'The request has an identifier that is not valid',
  bodyTooLarge: 'The request body must not be larger than 4 MB',
  unknownCohort: 'Unknown cohort: name it with POST /partners/{partner}/cohorts first',
  notFound: 'Invalid URL',
  methodNotAllowed: 'Method not allowed: use POST',
  rateLimited: 'Rate limit exceeded',
} as const;

export type JsonObject = Readonly<Record<string, unknown>>;

/** One element of `cohort_changes`; the kinds that it does not have are empty. */
export interface CohortChange {
  readonly userIds: readonly string[];
  readonly deviceIds: readonly string[];
  readonly aliases: readonly Alias[];
  readonly remove: boolean;
}

/** A valid body of the cohort name endpoint. */
export interface CohortNaming {
  readonly cohortId: string;
  readonly name: string;
  readonly createdAt: string;
}

/** A valid body of the user cohort endpoint. */
export interface CohortChanges {
  readonly cohortId: string;
  readonly changes: readonly CohortChange[];
  readonly identifiers: number;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The naming, or the text of a 400. */
export function readNaming(body: JsonObject): CohortNaming | string {
  const { cohort_id: cohortId, name, created_at: createdAt } = body;
  if (!isNonEmptyString(cohortId)) return DOCUMENTED.cohortId;
  if (!isNonEmptyString(name)) return DOCUMENTED.name;
  if (typeof createdAt !== 'string' || !isTime(createdAt)) return DOCUMENTED.createdAt;
  return { cohortId, name, createdAt };
}

/**
 * The changes, or the text of a 400. No changes at all are valid: clients send an empty list to
 * check their keys, as Segment's does.
 */
export function readChanges(body: JsonObject): CohortChanges | string {
  const { cohort_id: cohortId, cohort_changes: list } = body;
  if (!isNonEmptyString(cohortId)) return DOCUMENTED.cohortId;
  if (!Array.isArray(list)) return DOCUMENTED.cohortChanges;
  const changes: CohortChange[] = [];
  let identifiers = 0;
  for (const item of list) {
    const change = readChange(item);
    if (typeof change === 'string') return change;
    identifiers += change.userIds.length + change.deviceIds.length + change.aliases.length;
    changes.push(change);
  }
  if (identifiers > MAX_IDENTIFIERS_PER_REQUEST) return DOCUMENTED.tooMany;
  for (const { userIds, deviceIds, aliases } of changes) {
    if (!userIds.every(isNonEmptyString)) return DOCUMENTED.cohortChanges;
    if (!deviceIds.every(isNonEmptyString)) return DOCUMENTED.cohortChanges;
    if (!aliases.every(isAlias)) return DOCUMENTED.cohortChanges;
    if (userIds.some(isTooLong)) return UNDOCUMENTED.externalIdTooLong;
  }
  return { cohortId, changes, identifiers };
}

const NONE: readonly never[] = [];

/** Looks at the shape only; the elements of the arrays are still to be checked. */
function readChange(item: unknown): CohortChange | string {
  if (!isJsonObject(item)) return DOCUMENTED.cohortChanges;
  const { user_ids, device_ids, aliases, should_remove = false } = item;
  if (user_ids === undefined && device_ids === undefined && aliases === undefined) {
    return DOCUMENTED.cohortChanges;
  }
  const userIds = user_ids === undefined ? NONE : user_ids;
  const deviceIds = device_ids === undefined ? NONE : device_ids;
  const pairs = aliases === undefined ? NONE : aliases;
  if (!Array.isArray(userIds) || !Array.isArray(deviceIds) || !Array.isArray(pairs)) {
    return DOCUMENTED.cohortChanges;
  }
  if (typeof should_remove !== 'boolean') return UNDOCUMENTED.shouldRemove;
  return { userIds, deviceIds, aliases: pairs, remove: should_remove };
}

function isNonEmptyString(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isAlias(value: unknown): value is Alias {
  if (!isJsonObject(value)) return false;
  if (!isNonEmptyString(value.alias_label) || !isNonEmptyString(value.alias_name)) return false;
  for (const key in value) if (key !== 'alias_label' && key !== 'alias_name') return false;
  return true;
}

function isTooLong(externalId: string): boolean {
  return (
    externalId.length > SURELY_SHORT_ENOUGH && Buffer.byteLength(externalId) > MAX_EXTERNAL_ID_BYTES
  );
}

const DATE = /(\d{4}-\d\d-\d\d)/.source;
const TIME = /(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d+)?/.source;
const ZONE = /(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)/.source;
const ISO_8601_TIME = new RegExp(`^${DATE}T${TIME}${ZONE}$`);

/**
 * ISO 8601 has many forms; this takes the one of Braze's example, to the second or finer and with
 * an offset, since a client that sends it is understood by every reader.
 */
function isTime(text: string): boolean {
  const date = ISO_8601_TIME.exec(text)?.[1];
  if (date === undefined) return false;
  const midnight = new Date(`${date}T00:00:00Z`);
  // A 30th of February is read as the 2nd of March.
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}
