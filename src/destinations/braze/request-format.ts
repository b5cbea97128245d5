import type { AliasGroup, Batch } from '../../domain/batches.ts';
import type { EncodedBatch, Operation, RequestFormat } from '../../domain/destination-port.ts';

/** https://www.braze.com/docs/partners/isv_partners/cohort_import: all kinds together. */
const IDENTIFIERS_PER_REQUEST = 1_000;
/** https://www.braze.com/docs/api/endpoints/user_data: above it Braze returns 413. */
const REQUEST_MAX_BYTES = 4_000_000;
/**
 * An external id "must be fewer than 988 bytes"; for the other kinds no length is documented.
 * https://www.braze.com/docs/api/objects_filters/user_attributes_object
 */
const IDENTIFIER_MAX_BYTES = 987;
/** Keys, cohort id and punctuation around the members. */
const ENVELOPE_RESERVE_BYTES = 64 * 1024;
/** JSON may write a UTF-16 unit as `\u0000`: counting units and assuming this needs no encoding. */
const JSON_BYTES_PER_CHARACTER = 6;
/** Room for `{"alias_name":"","alias_label":""},`. */
const CHARACTERS_PER_ALIAS = 6;

/** The `cohort_changes` of a request, as JSON. */
export const requestFormat: RequestFormat = {
  limits: {
    identifiers: IDENTIFIERS_PER_REQUEST,
    characters: Math.floor((REQUEST_MAX_BYTES - ENVELOPE_RESERVE_BYTES) / JSON_BYTES_PER_CHARACTER),
    charactersPerAlias: CHARACTERS_PER_ALIAS,
  },
  identifierProblem,
  encode: encodeCohortChanges,
  decode: decodeCohortChanges,
};

const utf8 = new TextEncoder();

function identifierProblem(value: string): string | null {
  // A UTF-16 unit takes at most 3 bytes of UTF-8, so most values need no counting.
  if (value.length * 3 <= IDENTIFIER_MAX_BYTES) return null;
  const bytes = utf8.encode(value).length;
  return bytes <= IDENTIFIER_MAX_BYTES
    ? null
    : `is longer than ${IDENTIFIER_MAX_BYTES} bytes, the most that Braze accepts`;
}

function encodeCohortChanges(batch: Batch, operation: Operation): string {
  const parts: string[] = [];
  if (batch.userIds.length > 0) parts.push(`"user_ids":${JSON.stringify(batch.userIds)}`);
  if (batch.deviceIds.length > 0) parts.push(`"device_ids":${JSON.stringify(batch.deviceIds)}`);
  if (batch.aliases.length > 0) {
    parts.push(`"aliases":[${batch.aliases.map(encodeAliases).join(',')}]`);
  }
  if (operation === 'REMOVE') parts.push('"should_remove":true');
  return `[{${parts.join(',')}}]`;
}

function encodeAliases({ label, names }: AliasGroup): string {
  const suffix = `,"alias_label":${JSON.stringify(label)}}`;
  return names.map((name) => `{"alias_name":${JSON.stringify(name)}${suffix}`).join(',');
}

interface CohortChange {
  readonly user_ids?: readonly string[];
  readonly device_ids?: readonly string[];
  readonly aliases?: readonly { readonly alias_name: string; readonly alias_label: string }[];
  readonly should_remove?: boolean;
}

function decodeCohortChanges(payload: Uint8Array): EncodedBatch {
  const [change = {}] = JSON.parse(new TextDecoder().decode(payload)) as readonly CohortChange[];
  const namesByLabel = new Map<string, string[]>();
  for (const { alias_name, alias_label } of change.aliases ?? []) {
    const names = namesByLabel.get(alias_label) ?? [];
    names.push(alias_name);
    namesByLabel.set(alias_label, names);
  }
  return {
    batch: {
      userIds: change.user_ids ?? [],
      deviceIds: change.device_ids ?? [],
      aliases: [...namesByLabel].map(([label, names]) => ({ label, names })),
    },
    operation: change.should_remove === true ? 'REMOVE' : 'APPEND',
  };
}
