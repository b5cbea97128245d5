import { ApplicationFailure, CancelledFailure, Context, log } from '@temporalio/activity';
import { ExportError, type FailureType, stackFrames } from '../domain/failures.ts';
import { NotificationError } from '../domain/notification-error.ts';

/**
 * Makes an activity of a function: what it throws becomes a failure that Temporal may keep, which
 * means that it holds no credential and nothing that came out of a source.
 * @param unexpectedType the failure's type where the function throws anything but an `ExportError`
 */
export function activity<A extends unknown[], R>(
  unexpectedType: FailureType,
  work: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  return async (...args) => {
    try {
      return await work(...args);
    } catch (error) {
      throw toFailure(error, unexpectedType);
    }
  };
}

/** Of a step that is tried again only `briefly`. */
const BRIEF_ATTEMPTS = 3;

/** `details` are counts that the workflow adds up even where the activity fails. */
export function toApplicationFailure(
  error: ExportError | NotificationError,
  details?: unknown,
): ApplicationFailure {
  return ApplicationFailure.create({
    type: error.type,
    message: error.message,
    nonRetryable:
      error.retry === 'never' ||
      (error.retry === 'briefly' && Context.current().info.attempt >= BRIEF_ATTEMPTS),
    ...(typeof error.retry === 'object' ? { nextRetryDelay: error.retry.afterMs } : {}),
    ...(details === undefined ? {} : { details: [details] }),
  });
}

function toFailure(error: unknown, unexpectedType: FailureType): Error {
  if (error instanceof ApplicationFailure || error instanceof CancelledFailure) return error;
  if (error instanceof ExportError || error instanceof NotificationError) {
    return toApplicationFailure(error);
  }
  const { cancellationSignal, info } = Context.current();
  if (cancellationSignal.aborted) return new CancelledFailure('cancelled');
  log.error('unexpected error', { stack: stackFrames(error) });
  return ApplicationFailure.create({
    type: unexpectedType,
    message: `An unexpected error in ${info.activityType}. This is a fault of cohort-export: the worker's log has its stack, please report it.`,
  });
}
