import type { Retry } from './failures.ts';

/** The notification was not delivered. That fails no export: the run ends as it would have. */
export class NotificationError extends Error {
  readonly type = 'NotificationFailed';
  readonly retry: Retry;

  constructor(message: string, retry: Retry) {
    super(message);
    this.name = 'NotificationError';
    this.retry = retry;
  }
}
