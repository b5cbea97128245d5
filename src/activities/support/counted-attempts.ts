import { Context } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import {
  type GiveUp,
  NOT_FAILING,
  type RetryState,
  recordFailure,
  retryOrGiveUp,
  spanText,
} from '../../domain/retry.ts';
import { StoreNotSeen } from '../../domain/staging-port.ts';
import { toInternal } from './activity.ts';
import { HAND_BACK, workerStopping } from './retry-state.ts';

/** Of attempts that fail with what is tried again only `briefly`. */
const BRIEF_ATTEMPTS = 3;

/** What attempts heartbeat, so that the next one knows how those before it ended. */
export interface Attempts extends RetryState {
  /** Those that failed, or were lost with their worker. */
  counted: number;
  /** Those of them that failed with what is tried again only `briefly`. */
  brief: number;
  /** False while an attempt waits for others, and once it has said how it ended. */
  isUnderWay: boolean;
  /** How long they waited for others since one of them last worked: it keeps the place in line. */
  waitedMs: number;
}

/** When attempts end. */
export interface AttemptLimits {
  /** Of those that count. */
  readonly most: number;
  /** Where the source or the store cannot be reached: that costs little, and may last. */
  readonly unavailable: GiveUp;
}

/**
 * Does work with a limited number of attempts, as each is costly and may kill its worker. An attempt
 * that ends because its worker stops does not count, so that restarts of workers never fail an export.
 * Nor does one that waits for others, or whose source or store is unavailable: that ends by time.
 * @param work must include the `attempts` that it is given in its heartbeats, and set `isUnderWay` to
 *   false while it waits for others
 * @throws what `work` throws; without a retry once the limits are reached
 */
export async function countAttempts<R>(
  limits: AttemptLimits,
  work: (attempts: Attempts) => Promise<R>,
): Promise<R> {
  const context = Context.current();
  const startedAt = performance.now();
  const attempts = attemptsSoFar(context);
  if (attempts.isUnderWay) attempts.counted += 1;
  if (attempts.counted >= limits.most) {
    throw new ExportError(
      'StagingFailed',
      `Staging did not finish: ${limits.most} attempts failed, were lost with their worker or took longer than ${spanText(context.info.startToCloseTimeoutMs)}; the last one ended without a report. If the query needs more memory than the workers have, give them more; if it takes too long, make it smaller. Nothing was sent. Start the export again.`,
    );
  }
  attempts.isUnderWay = true;
  context.heartbeat(attempts);
  const end = (counts: boolean) => {
    attempts.isUnderWay = false;
    if (counts) attempts.counted += 1;
    context.heartbeat(attempts);
  };
  try {
    return await work(attempts);
  } catch (error) {
    if (!attempts.isUnderWay) {
      context.heartbeat(attempts);
      throw error;
    }
    if (context.cancellationDetails?.workerShutdown) {
      end(false);
      throw workerStopping();
    }
    if (context.cancellationSignal.aborted) throw error;
    if (isUnavailable(error)) {
      recordFailure(attempts, performance.now() - startedAt);
      const next = retryOrGiveUp(error, attempts, giveUpOf(error, limits), Math.random());
      end(false);
      throw next;
    }
    if (isBrief(error)) attempts.brief += 1;
    end(true);
    if (attempts.counted < limits.most && attempts.brief < BRIEF_ATTEMPTS) throw error;
    const failure = error instanceof ExportError ? error : toInternal(error);
    throw failure.as(failure.message);
  }
}

function attemptsSoFar({ info }: Context): Attempts {
  const { counted, brief, isUnderWay, waitedMs, failures, failingForMs, waitMs }: Attempts = {
    counted: 0,
    brief: 0,
    isUnderWay: false,
    waitedMs: 0,
    ...NOT_FAILING,
    ...info.heartbeatDetails,
  };
  return { counted, brief, isUnderWay, waitedMs, failures, failingForMs, waitMs };
}

function isUnavailable(error: unknown): error is ExportError {
  if (!(error instanceof ExportError)) return false;
  const { type, retry } = error;
  if (error instanceof StoreNotSeen || retry === 'patiently') return true;
  return type === 'SourceUnavailable' && retry === 'backoff';
}

function giveUpOf(error: ExportError, { unavailable }: AttemptLimits): GiveUp {
  if (error.type !== 'StagingFailed') return unavailable;
  const limit = error instanceof StoreNotSeen ? HAND_BACK : unavailable;
  return { ...limit, says: 'The rows could not be staged' };
}

function isBrief(error: unknown): boolean {
  return error instanceof ExportError && error.retry === 'briefly';
}
