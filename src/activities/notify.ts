import { Context } from '@temporalio/activity';
import type { RunEvent } from '../domain/run-events.ts';
import type { ActivityDependencies } from './dependencies.ts';

/** Tells people of an event, where the worker is configured to. `at` is ISO 8601, UTC. */
export function createNotify({ notifier }: Pick<ActivityDependencies, 'notifier'>) {
  return async (event: RunEvent, at: string): Promise<void> => {
    if (notifier === null) return;
    if (event.event === 'degraded') {
      const { read, rejected } = event.rows;
      if (rejected <= notifier.degradedAbove * read) return;
    }
    await notifier.send(event, at, Context.current().cancellationSignal);
  };
}
