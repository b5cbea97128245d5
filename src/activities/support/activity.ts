import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory } from '@temporalio/common';
import { ExportError, stackFrames } from '../../domain/failures.ts';
import { NotificationError } from '../../domain/notification-error.ts';

/**
 * Makes an activity of a function that takes one object: what it throws becomes a failure that
 * Temporal may keep: one without credentials and without anything that came out of a source.
 */
export function activity<I extends object, R>(
  work: (input: I) => Promise<R>,
): (input: I) => Promise<R> {
  return async (input) => {
    try {
      return await work(input);
    } catch (error) {
      throw toFailure(error);
    }
  };
}

/**
 * `details` are counts that the workflow adds up even where the activity fails. A failure that is
 * `quiet` is neither logged as a warning by the SDK nor counted in its metrics.
 */
export function toApplicationFailure(
  error: ExportError | NotificationError,
  details?: unknown,
  quiet = false,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable: error.retry === 'never',
    ...(typeof error.retry === 'object' ? { nextRetryDelay: error.retry.afterMs } : {}),
    ...(quiet ? { category: ApplicationFailureCategory.BENIGN } : {}),
    ...(details === undefined ? {} : { details: [details] }),
  });
}

function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof ExportError || error instanceof NotificationError) {
    return toApplicationFailure(error);
  }
  if (Context.current().cancellationSignal.aborted) return new CancelledFailure('cancelled');
  return toApplicationFailure(toInternal(error));
}

/** For an unexpected error. Only its stack is logged: its message may contain anything. */
export function toInternal(error: unknown): ExportError {
  log.error('unexpected error', { stack: stackFrames(error) });
  return new ExportError(
    'Internal',
    `Unexpected error in the activity ${Context.current().info.activityType}. This is a bug in cohort-export: please report it with the stack trace from the worker's log.`,
    'backoff',
  );
}
