import {
  defineSearchAttributeKey,
  SearchAttributeType,
  type SearchAttributeUpdatePair,
} from '@temporalio/common';
import { upsertMemo, upsertSearchAttributes, workflowInfo } from '@temporalio/workflow';
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
    return value === null || value === '' ? [] : [pairOf(name, attributeValue(value))];
  });
  const changed = pairs.filter(({ key, value }) => set.get(key) !== value);
  if (changed.length > 0) upsertSearchAttributes(changed);
}

function pairOf(name: SearchAttributeName, value: string | number): SearchAttributeUpdatePair {
  return typeof value === 'number'
    ? { key: defineSearchAttributeKey(name, SearchAttributeType.INT), value }
    : { key: defineSearchAttributeKey(name, SearchAttributeType.KEYWORD), value };
}

/** What lasts without a worker, and on a server without the search attributes. */
interface RunMemo {
  /** The export in a line. */
  readonly summary?: string;
  /** How far a run came that has no result. */
  readonly progress?: object;
}

/** Adds to a run's memo, which the Web UI shows, and `describe` of the Temporal CLI. */
export function setMemo(memo: RunMemo): void {
  const { summary } = workflowInfo().memo ?? {};
  if (memo.summary !== undefined && memo.summary === summary) return;
  upsertMemo({ ...memo });
}
