import { ExportError, stackFrames } from '../domain/failures.ts';

/** An `ExportError` as plain data, which goes from one process to another. */
export type Failed = Pick<ExportError, 'type' | 'message' | 'retry'>;

/** Of an unexpected error only the stack is logged: its message may contain anything. */
export function toFailed(error: unknown): Failed {
  if (error instanceof ExportError) {
    const { type, message, retry } = error;
    return { type, message, retry };
  }
  console.error(stackFrames(error));
  return {
    type: 'Internal',
    message:
      "Unexpected error while staging rows. This is a bug in cohort-export: please report it with the stack trace from the worker's log.",
    retry: 'backoff',
  };
}

export function fromFailed({ type, message, retry }: Failed): ExportError {
  return new ExportError(type, message, retry);
}
