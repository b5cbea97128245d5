import { type StagedExport, type SweepOptions, sweepStaging } from './sweep.ts';

const SWEEP_EVERY_MS = 60 * 60 * 1000;

export interface SweepingOptions extends Omit<SweepOptions, 'isOpen'> {
  /** Whether an export may still need its staged rows. */
  readonly isOpen: (owner: StagedExport) => Promise<boolean>;
  readonly log: {
    readonly info: (message: string, details: object) => void;
    readonly warn: (message: string, details: object) => void;
  };
}

/** Sweeps the staging directory now and each hour, until it is disposed. */
export function startSweeping({ log, ...options }: SweepingOptions): Disposable {
  const sweep = async () => {
    try {
      const removed = await sweepStaging(options);
      if (removed.runs + removed.rejects > 0) log.info('removed old staged rows', removed);
    } catch (error) {
      log.warn('old staged rows could not be removed; the next sweep tries again', { error });
    }
  };
  const timer = setInterval(() => void sweep(), SWEEP_EVERY_MS);
  void sweep();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
