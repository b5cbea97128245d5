import { Context } from '@temporalio/activity';
import type { Cohort, Destination } from '../domain/ports.ts';
import { startHeartbeats } from './heartbeats.ts';
import { failSending, type SendingState } from './sending.ts';

/** Creates the cohort, or gives it its name. Resolves to the destination's warnings. */
export function createNameCohort(findDestination: (connection: string) => Destination) {
  return async (connection: string, cohort: Cohort): Promise<readonly string[]> => {
    const { info, cancellationSignal } = Context.current();
    const state: SendingState = info.heartbeatDetails ?? { failures: 0, failingSince: null };
    const destination = findDestination(connection);
    using _ = startHeartbeats(() => state);
    try {
      const warning = await destination.nameCohort(cohort, cancellationSignal);
      return warning === null ? [] : [warning];
    } catch (error) {
      throw failSending(error, state, destination.giveUpAfterMs);
    }
  };
}
