import { Context } from '@temporalio/activity';
import { destinationNamed } from '../domain/export-input.ts';
import type { RunEvent } from '../domain/run-events.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

export interface NotifyInput {
  readonly event: RunEvent;
  /** ISO 8601, UTC. */
  readonly at: string;
}

/** Notifies people of an event, where the worker is configured to. */
export function createNotify({
  notifier,
  types,
}: Pick<ActivityDependencies, 'notifier' | 'types'>) {
  return async ({ event, at }: NotifyInput): Promise<void> => {
    if (notifier === null) return;
    if (event.event === 'degraded') {
      const { read, rejected } = event.rows;
      if (rejected <= notifier.degradedAbove * read) return;
    }
    const to = destinationNamed(event.run.destination, types.destinations);
    const run = {
      ...event.run,
      destination: event.run.destination ?? to.type,
      connection: event.run.connection ?? to.defaultConnection,
    };
    await notifier.send({ ...event, run }, at, Context.current().cancellationSignal);
  };
}
