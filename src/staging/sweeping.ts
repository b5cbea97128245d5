import { type SweepOptions, sweepStaging } from './sweep.ts';

const SWEEP_EVERY_MS = 60 * 60 * 1000;
/** What is younger is probably in use, and its owner removes it. */
const REPORT_FROM_AGE_MS = 24 * 60 * 60 * 1000;
/** Of what could not be removed. */
const SHOWN = 10;
const FOREIGN =
  'the staging store holds personal data of another namespace or Temporal, which this worker leaves alone. If no worker of that namespace uses this store any more, delete it by hand';

export interface SweepingOptions extends SweepOptions {
  /** The id of the store when the worker started. */
  readonly storeId: string;
  readonly log: {
    readonly info: (message: string, details: object) => void;
    readonly warn: (message: string, details: object) => void;
  };
}

/** Sweeps the store now and each hour, until it is disposed. */
export function startSweeping(options: SweepingOptions): Disposable {
  const { log } = options;
  const reported = new Set<string>();
  const sweep = async () => {
    try {
      await sweepOnce(options, reported);
    } catch (error) {
      log.warn('old staged rows could not be removed; the next sweep tries again', { error });
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);
  void sweep();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** @param reported paths that were reported before; added to */
export async function sweepOnce(options: SweepingOptions, reported: Set<string>): Promise<void> {
  const { store, storeId, log } = options;
  const seen = await store.id();
  if (seen !== storeId) {
    log.warn(
      'the staging store is not the one that this worker started with, for example because a file system was mounted or unmounted. Restart the worker once it is the right one',
      { place: store.place, store: seen, startedWith: storeId },
    );
    return;
  }
  const { runs, rejects, foreign, failed } = await sweepStaging(options);
  if (runs + rejects > 0) log.info('removed old staged rows', { runs, rejects });
  if (failed.length > 0) {
    log.warn(
      'some old files in the staging store could not be removed; give the workers access to them, or delete them by hand. The next sweep tries again',
      {
        place: store.place,
        failed: failed.slice(0, SHOWN),
        more: Math.max(0, failed.length - SHOWN),
      },
    );
  }
  for (const found of foreign) {
    if (found.ageMs < REPORT_FROM_AGE_MS || reported.has(found.path)) continue;
    reported.add(found.path);
    const { path, namespace, ageMs } = found;
    log.warn(FOREIGN, {
      path: store.addressOf(path),
      namespace,
      hours: Math.floor(ageMs / 3_600_000),
      bytes: await store.sizeOf(path),
    });
  }
}
