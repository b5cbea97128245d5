import { GetBucketLifecycleConfigurationCommand, type LifecycleRule } from '@aws-sdk/client-s3';
import { parseDuration } from '../../domain/durations.ts';
import { DEFAULT_PAUSE_TIMEOUT } from '../../domain/export-input.ts';
import { RUNS } from '../layout.ts';
import type { Bucket } from './bucket.ts';
import { STORE_ID_KEY } from './keys.ts';
import { codeOf } from './s3-errors.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** For sending itself. */
const SENDING_MS = DAY_MS;
const DEFAULT_PAUSE_MS = parseDuration(DEFAULT_PAUSE_TIMEOUT) ?? 0;
const ADVICE = 'docs/object-storage.md has the rule';

/**
 * What is unwise about the lifecycle rules of the bucket, where the service tells them.
 * @param keepsForMs how long an export may need its staged rows where nothing is sent or paused
 */
export async function lifecycleWarnings(bucket: Bucket, keepsForMs: number): Promise<string[]> {
  const rules = await rulesOf(bucket);
  if (rules === null) return [];
  const full = (key: string) => `${bucket.settings.prefix}${key}`;
  const expiring = rules.filter((rule) => {
    const { Status, Expiration } = rule;
    const expires = (Expiration?.Days ?? Expiration?.Date) !== undefined;
    return Status === 'Enabled' && expires && !hasOtherFilters(rule);
  });
  const covering = (key: string) => expiring.filter((rule) => full(key).startsWith(prefixOf(rule)));
  const leastDays = Math.ceil((keepsForMs + DEFAULT_PAUSE_MS + SENDING_MS) / DAY_MS);
  const short = expiring.filter((rule) => {
    const isOfRuns =
      prefixOf(rule).startsWith(full(`${RUNS}/`)) || covering(`${RUNS}/`).includes(rule);
    return isOfRuns && (rule.Expiration?.Days ?? 0) < leastDays;
  });
  return [
    ...(covering(STORE_ID_KEY).length > 0
      ? [
          `a lifecycle rule of the bucket deletes ${full(STORE_ID_KEY)}, and then no worker can use it: limit the rule to ${full(`${RUNS}/`)}. ${ADVICE}`,
        ]
      : []),
    ...(covering(`${RUNS}/`).length === 0
      ? [
          `no lifecycle rule of the bucket expires ${full(`${RUNS}/`)}: what workers cannot remove stays there. ${ADVICE}`,
        ]
      : []),
    ...(short.length > 0
      ? [
          `a lifecycle rule of the bucket expires ${full(`${RUNS}/`)} in less than ${leastDays} days, which may delete what an export still needs: raise it to more than giveUpAfter and the longest pauseTimeout together. ${ADVICE}`,
        ]
      : []),
  ];
}

/** `null` where the service has no such rules, or does not tell them. */
async function rulesOf(bucket: Bucket): Promise<readonly LifecycleRule[] | null> {
  const command = new GetBucketLifecycleConfigurationCommand({ Bucket: bucket.settings.bucket });
  try {
    return (await bucket.ask((client) => client.send(command))).Rules ?? [];
  } catch (error) {
    return codeOf(error) === 'NoSuchLifecycleConfiguration' ? [] : null;
  }
}

/** No object of a store has tags. */
function hasOtherFilters({ Filter }: LifecycleRule): boolean {
  const { Tag, And, ObjectSizeGreaterThan, ObjectSizeLessThan } = Filter ?? {};
  return (Tag ?? And?.Tags ?? ObjectSizeGreaterThan ?? ObjectSizeLessThan) !== undefined;
}

function prefixOf({ Filter, Prefix }: LifecycleRule): string {
  return Filter?.Prefix ?? Filter?.And?.Prefix ?? Prefix ?? '';
}
