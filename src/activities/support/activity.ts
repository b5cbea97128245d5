import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ApplicationFailureCategory, type ApplicationFailureOptions } from '@temporalio/common';
import { ExportError, stackFrames } from '../../domain/failures.ts';
import { NotificationError } from '../../domain/notification-error.ts';
import { notifyRun } from './notify-run.ts';

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

/** One that may be tried for hours: the run shows its failed attempts. */
export function patientActivity<I extends object, R>(
  work: (input: I) => Promise<R>,
): (input: I) => Promise<R> {
  const run = activity(work);
  return async (input) => {
    try {
      return await run(input);
    } catch (error) {
      if (error instanceof ApplicationFailure) await notifyRun(error);
      throw error;
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
  const failure = expectedFailure({
    type: error.type,
    message: error.message,
    nonRetryable: error.retry === 'never',
    ...(typeof error.retry === 'object' ? { nextRetryDelay: error.retry.afterMs } : {}),
    ...(quiet ? { category: ApplicationFailureCategory.BENIGN } : {}),
    ...(details === undefined ? {} : { details: [details] }),
  });
  if (error.type === 'Internal') failure.stack = error.stack ?? '';
  return failure;
}

/** Without a stack: it would push the type and the message out of sight, and only helps with a bug. */
export function expectedFailure(options: ApplicationFailureOptions): ApplicationFailure {
  const failure = ApplicationFailure.create(options);
  failure.stack = '';
  return failure;
}

function toFailure(error: unknown): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof ExportError || error instanceof NotificationError) {
    return toApplicationFailure(error);
  }
  if (Context.current().cancellationSignal.aborted) return new CancelledFailure('cancelled');
  return toApplicationFailure(toInternal(error));
}

/** For an unexpected error. Only its stack is kept: its message may contain anything. */
export function toInternal(error: unknown): ExportError {
  const stack = stackFrames(error);
  log.error('unexpected error', { stack });
  const internal = new ExportError(
    'Internal',
    `Unexpected error in the activity ${Context.current().info.activityType}. This is a bug in cohort-export: please report it with the stack trace from the worker's log.`,
    'backoff',
  );
  internal.stack = stack;
  return internal;
}
