import { Context } from '@temporalio/activity';
import { ExportError } from '../../domain/failures.ts';
import { toInternal } from './activity.ts';
import { workerStopping } from './retry-state.ts';

/** What attempts heartbeat, so that the next one knows how those before it ended. */
export interface Attempts {
  /** Those that failed, or were lost with their worker. */
  counted: number;
  /** False once an attempt has said how it ended. */
  isUnderWay: boolean;
}

/**
 * Does work with a limited number of attempts, as each is costly and may kill its worker. An attempt
 * that ends because its worker stops does not count, so that restarts of workers never fail an export.
 * @param work must include the `attempts` that it is given in its heartbeats
 * @throws what `work` throws; without a retry once `most` attempts count
 */
export async function countAttempts<R>(
  most: number,
  work: (attempts: Attempts) => Promise<R>,
): Promise<R> {
  const context = Context.current();
  const attempts: Attempts = context.info.heartbeatDetails ?? { counted: 0, isUnderWay: false };
  if (attempts.isUnderWay) attempts.counted += 1;
  if (attempts.counted >= most) {
    throw new ExportError(
      'StagingFailed',
      `Staging did not finish: ${most} attempts failed or were lost with their worker, the last one with its worker. If the query needs more memory than the workers have, make it smaller or give them more. Nothing was sent. Start the export again.`,
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
    if (context.cancellationDetails?.workerShutdown) {
      end(false);
      throw workerStopping();
    }
    end(true);
    if (attempts.counted < most || context.cancellationSignal.aborted) throw error;
    const { type, message } = error instanceof ExportError ? error : toInternal(error);
    throw new ExportError(type, message);
  }
}
