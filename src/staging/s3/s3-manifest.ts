import type { StagedRows } from '../../domain/staging-port.ts';
import { type Manifest, readManifest, type writeManifest } from '../manifest.ts';
import type { Bucket } from './bucket.ts';
import { type Condition, isRefused } from './conditions.ts';
import { manifestKey } from './keys.ts';

/** Each means that the manifest has changed between two requests. */
const MOST_ROUNDS = 10;

/** What a run has committed in a store; `null` where nothing is there that counts. */
export function committedIn(text: string | undefined, store: string, key: string): Manifest | null {
  const manifest = text === undefined ? null : readManifest(text);
  // What was copied here from elsewhere was not committed here.
  const counts = manifest?.staged.store === store && manifestKey(manifest.staged) === key;
  return counts ? manifest : null;
}

/**
 * Commits an attempt, unless another one of its run has been committed. Resolves to what counts: its own
 * `staged`, or that of the other one. A response that was lost makes no difference.
 */
export async function commitOnce(
  bucket: Bucket,
  { text, staged }: ReturnType<typeof writeManifest>,
): Promise<StagedRows> {
  const key = manifestKey(staged);
  let condition: Condition = 'absent';
  for (let round = 1; ; round += 1) {
    try {
      await bucket.put(key, text, condition);
      return staged;
    } catch (error) {
      if (!isRefused(error) || round === MOST_ROUNDS) throw error;
    }
    const found = await bucket.get(key);
    const there = found?.body.toString();
    if (there === text) return staged;
    const committed = committedIn(there, staged.store, key);
    if (committed !== null) return committed.staged;
    // It is damaged: only this very object is replaced.
    condition = found === null ? 'absent' : { etag: found.etag };
  }
}
