import { ApplicationFailure, CancelledFailure, Context } from '@temporalio/activity';
import type { Chunk } from '../domain/chunk-plan.ts';
import type { StagedRows } from '../domain/ports.ts';
import { identifiersIn } from '../domain/report.ts';
import { NOT_FAILING, type RetryState } from '../domain/retry.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { startHeartbeats } from './heartbeats.ts';
import { failWithRetry, workerStopping } from './retrying.ts';
import { requireTurn } from './turn-of.ts';

/** A cohort accepts thousands of requests; what they all warn of is told once. */
const WARNINGS_KEPT = 5;

export interface SendChunkInput {
  readonly connection: string;
  readonly cohortId: string;
  readonly staged: Pick<StagedRows, 'location' | 'checksum'>;
  readonly chunk: Chunk;
  /** The run that holds the turn on the cohort. */
  readonly turnOf: string;
}

/** How far a chunk has come, over all its attempts, as far as it was recorded. */
export interface ChunkProgress {
  /** Requests of the chunk that were accepted: a retry goes on after them. */
  accepted: number;
  retried: number;
  /** Identifiers in the accepted requests. */
  identifiers: number;
  warnings: string[];
}

type ChunkState = ChunkProgress & RetryState;

/**
 * Sends the requests of a chunk, one after another. Each accepted one is heartbeated, so that after
 * a failure the next attempt, on whichever worker, goes on behind it.
 */
export function createSendChunk(deps: ActivityDependencies) {
  const { findDestination, staging, draining, contact } = deps;
  return async (input: SendChunkInput): Promise<ChunkProgress> => {
    requireTurn(input.turnOf);
    const context = Context.current();
    const state: ChunkState = context.info.heartbeatDetails ?? newState();
    const destination = findDestination(input.connection);
    using _ = startHeartbeats(() => state);
    let inContact = contact.signal;
    try {
      for await (const { payload, counts } of staging.read(
        input.staged,
        rest(input.chunk, state),
      )) {
        if (draining.aborted) throw workerStopping();
        if (state.failures > 0) state.retried += 1;
        inContact = contact.signal;
        const signal = AbortSignal.any([context.cancellationSignal, inContact]);
        const warning = await destination.changeMembers(input.cohortId, payload, signal);
        state.accepted += 1;
        state.identifiers += identifiersIn(counts);
        Object.assign(state, NOT_FAILING);
        if (warning !== null && state.warnings.length < WARNINGS_KEPT) state.warnings.push(warning);
        context.heartbeat(state);
      }
    } catch (error) {
      if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled', [state]);
      if (inContact.aborted) throw cutOff();
      throw failWithRetry(error, state, destination.giveUp);
    }
    return progressOf(state);
  };
}

function newState(): ChunkState {
  return {
    accepted: 0,
    retried: 0,
    identifiers: 0,
    warnings: [],
    ...NOT_FAILING,
  };
}

function progressOf({ accepted, retried, identifiers, warnings }: ChunkState): ChunkProgress {
  return { accepted, retried, identifiers, warnings };
}

function rest(chunk: Chunk, { accepted }: ChunkProgress): Chunk {
  return {
    firstRequest: chunk.firstRequest + accepted,
    requests: chunk.requests - accepted,
  };
}

/** Rarely heard: by the time Temporal can be told, another worker has the chunk. */
function cutOff(): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'WorkerCutOff',
    message: 'The worker lost Temporal; another goes on after the last recorded request.',
  });
}
