import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
} from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
import type { Progress } from '../domain/report.ts';
import {
  attributeValue,
  type RunAttributes,
  type SearchAttributeName,
} from '../domain/search-attributes.ts';

/** Sets what has changed of a run's search attributes; each call that sets any is a billed Action. */
export function setSearchAttributes(
  known: readonly SearchAttributeName[],
  attributes: RunAttributes,
): void {
  const set = workflowInfo().typedSearchAttributes;
  const pairs = known.flatMap((name) => {
    const value = attributes[name];
    return pairOf(name, value === null ? null : attributeValue(value));
  });
  const changed = pairs.filter(({ key, value }) => (set.get(key) ?? null) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}

/** Without a value the attribute is removed: the start form of the Web UI copies those of another run. */
function pairOf(
  name: SearchAttributeName,
  value: string | number | null,
): SearchAttributeUpdatePair {
  return typeof value === 'number'
    ? { key: defineSearchAttributeKey(name, SearchAttributeType.INT), value }
    : { key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value };
}

/** Names an export in its memo: for a server without the search attributes, and without a worker. */
export function setSummary(summary: string): void {
  if (workflowInfo().memo?.summary !== summary) upsertMemo({ summary });
}

/** Keeps in the memo how far a run came that has no result. */
export function keepProgress(progress: Progress): void {
  upsertMemo({ progress });
}
