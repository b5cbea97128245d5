import { CancelledFailure, Context } from '@temporalio/activity';
import type { Chunk } from '../domain/chunk-plan.ts';
import type { Cohort, DestinationName } from '../domain/destination-port.ts';
import { identifiersIn } from '../domain/report.ts';
import { NOT_FAILING, type RetryState } from '../domain/retry.ts';
import type { StagedKey } from '../domain/staging-port.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { startHeartbeats } from './support/heartbeats.ts';
import { requireLock, type UnderLock } from './support/own-run.ts';
import {
  failWithRetry,
  requireStore,
  stateSoFar,
  withRetryState,
  workerCutOff,
  workerStopping,
} from './support/retry-state.ts';
import { SendRecord } from './support/send-record.ts';

/** Thousands of requests may carry the same warning; only a few are kept. */
const WARNINGS_KEPT = 5;

export interface NameCohortInput extends UnderLock, DestinationName {
  readonly cohort: Cohort;
  /** The store of the rows that are sent next. */
  readonly store: string;
}

/** Creates the cohort, or gives it its name. Resolves to the destination's warnings. */
export function createNameCohort(deps: ActivityDependencies) {
  const { destinations, staging, draining, contact, heartbeatIntervalMs } = deps;
  return async (input: NameCohortInput): Promise<readonly string[]> => {
    requireLock(input);
    const destination = destinations.find(input);
    const heartbeats = (details: () => unknown) => startHeartbeats(details, heartbeatIntervalMs);
    return await withRetryState(destination.giveUp, heartbeats, async (state) => {
      await requireStore(staging, input.store, state);
      const inContact = contact.signal;
      const signal = AbortSignal.any([Context.current().cancellationSignal, inContact]);
      try {
        const warning = await destination.nameCohort(input.cohort, signal, draining);
        return warning === null ? [] : [warning];
      } catch (error) {
        if (inContact.aborted) throw workerCutOff();
        if (isReasonOf(draining, error)) throw workerStopping();
        throw error;
      }
    });
  };
}

export interface SendChunkInput extends UnderLock, DestinationName {
  readonly cohortId: string;
  readonly staged: StagedKey;
  readonly chunk: Chunk;
}

/** How far a chunk has come, over all its attempts, as far as it was recorded. */
export interface ChunkProgress {
  /** Requests of the chunk that were accepted: a retry continues after them. */
  accepted: number;
  retried: number;
  /** Identifiers in the accepted requests. */
  identifiers: number;
  warnings: string[];
}

type ChunkState = ChunkProgress & RetryState;

/**
 * Sends the requests of a chunk, one after another. What was accepted is recorded, so that after a
 * failure the next attempt continues after it, on any worker.
 */
export function createSendChunk(deps: ActivityDependencies) {
  const { destinations, staging, draining, contact, heartbeatIntervalMs } = deps;
  return async (input: SendChunkInput): Promise<ChunkProgress> => {
    requireLock(input);
    const context = Context.current();
    const state = stateSoFar<ChunkState>(newState());
    const destination = destinations.find(input);
    using _ = startHeartbeats(() => state, heartbeatIntervalMs);
    await using record = new SendRecord();
    let inContact = contact.signal;
    let retriedBefore = state.retried;
    try {
      await requireStore(staging, input.staged.store, state);
      await record.open(staging, input.staged, input.chunk);
      const recorded = await record.read();
      // What was accepted since the last heartbeat ended the failures that it tells of.
      if (recorded.accepted > state.accepted) Object.assign(state, recorded, NOT_FAILING);
      const requests = staging.read(input.staged, rest(input.chunk, state));
      for await (const { payload, counts } of requests) {
        retriedBefore = state.retried;
        draining.throwIfAborted();
        if (state.failures > 0) state.retried += 1;
        inContact = contact.signal;
        const signal = AbortSignal.any([context.cancellationSignal, inContact]);
        const warning = await destination.changeMembers(input.cohortId, payload, signal, draining);
        state.accepted += 1;
        state.identifiers += identifiersIn(counts);
        record.record(state);
        Object.assign(state, NOT_FAILING);
        if (warning !== null && state.warnings.length < WARNINGS_KEPT) state.warnings.push(warning);
      }
    } catch (error) {
      const isHandedOver = isReasonOf(draining, error);
      // The request has not left.
      if (isHandedOver) state.retried = retriedBefore;
      context.heartbeat(state);
      if (context.cancellationSignal.aborted) throw new CancelledFailure('cancelled', [state]);
      if (inContact.aborted) throw workerCutOff();
      if (isHandedOver) throw workerStopping();
      throw failWithRetry(error, state, destination.giveUp);
    }
    return progressOf(state);
  };
}

function isReasonOf({ aborted, reason }: AbortSignal, error: unknown): boolean {
  return aborted && error === reason;
}

function newState(): ChunkState {
  return { accepted: 0, retried: 0, identifiers: 0, warnings: [], ...NOT_FAILING };
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
