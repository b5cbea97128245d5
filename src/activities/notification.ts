import { Context } from '@temporalio/activity';
import type { RunEvent } from '../domain/run-events.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

export interface NotifyInput {
  readonly event: RunEvent;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Notifies people of an event, where the worker is configured to. */
export function createNotify({ notifier }: Pick<ActivityDependencies, 'notifier'>) {
  return async ({ event, at }: NotifyInput): Promise<void> => {
    if (notifier === null) return;
    if (event.event === 'degraded') {
      const { read, rejected } = event.rows;
      if (rejected <= notifier.degradedAbove * read) return;
    }
    await notifier.send(event, at, Context.current().cancellationSignal);
  };
}
