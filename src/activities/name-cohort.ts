import { Context } from '@temporalio/activity';
import type { Cohort, Destination } from '../domain/ports.ts';
import { NOT_FAILING, type RetryState } from '../domain/retry.ts';
import { startHeartbeats } from './heartbeats.ts';
import { failWithRetry } from './retrying.ts';
import { requireTurn } from './turn-of.ts';

/**
 * Creates the cohort, or gives it its name. Resolves to the destination's warnings.
 * `turnOf` is the run that holds the turn on the cohort.
 */
export function createNameCohort(findDestination: (connection: string) => Destination) {
  return async (connection: string, cohort: Cohort, turnOf: string): Promise<readonly string[]> => {
    requireTurn(turnOf);
    const { info, cancellationSignal } = Context.current();
    const state: RetryState = info.heartbeatDetails ?? { ...NOT_FAILING };
    const destination = findDestination(connection);
    using _ = startHeartbeats(() => state);
    try {
      const warning = await destination.nameCohort(cohort, cancellationSignal);
      return warning === null ? [] : [warning];
    } catch (error) {
      throw failWithRetry(error, state, destination.giveUp);
    }
  };
}
