import type { Chunk } from '../domain/chunk-plan.ts';
import { type ChunkProgress, progressOf } from '../domain/chunk-progress.ts';
import type { Cohort, DestinationName } from '../domain/destination-port.ts';
import { NOT_FAILING } from '../domain/retry.ts';
import type { Reject, StagedKey } from '../domain/staging-port.ts';
import type { Settling } from '../domain/unanswered-requests.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { requireLock, type UnderLock } from './support/own-run.ts';
import { SendRecord } from './support/send-record.ts';
import { NOTHING_SENT, sendRequests } from './support/send-requests.ts';
import { type ChunkState, sendStaged } from './support/send-staged.ts';
import { eachFromStore, fromStore } from './support/store-patience.ts';

export interface NameCohortInput extends UnderLock, DestinationName {
  readonly cohort: Cohort;
  /** The store of the rows that are sent next. */
  readonly store: string;
}

export interface NamedCohort extends Settling {
  /** Of the destination. */
  readonly warnings: readonly string[];
}

/** Creates the cohort, or gives it its name. */
export function createNameCohort(deps: ActivityDependencies) {
  return async (input: NameCohortInput): Promise<NamedCohort> => {
    requireLock(input);
    const destination = deps.destinations.find(input);
    const warnings: string[] = [];
    const fresh = { ...NOTHING_SENT };
    const { settleMs } = await sendRequests(
      deps,
      destination,
      fresh,
      async (_, send, untilSent) => {
        await fromStore(deps.staging.requireStore(input.store), untilSent);
        const warning = await send((request) => destination.nameCohort(input.cohort, request));
        if (warning !== null) warnings.push(warning);
      },
    );
    return { warnings, settleMs };
  };
}

export interface SendChunkInput extends UnderLock, DestinationName {
  readonly cohortId: string;
  readonly staged: StagedKey;
  readonly chunk: Chunk;
  /** What an earlier activity of this chunk had sent when it was stopped. */
  readonly before: ChunkProgress;
}

/** What a chunk has sent, and how long to wait where others may change the cohort then. */
export type ChunkEnd = ChunkProgress & Settling;

/**
 * Sends the requests of a chunk, one after another. What was sent is recorded, so that after a
 * failure the next attempt continues after it, on any worker.
 */
export function createSendChunk(deps: ActivityDependencies) {
  const { destinations, staging, namespace } = deps;
  return async (input: SendChunkInput): Promise<ChunkEnd> => {
    requireLock(input);
    const { cohortId, staged, chunk } = input;
    const destination = destinations.find(input);
    const fresh: ChunkState = { ...NOTHING_SENT, ...input.before };
    const end = await sendRequests(deps, destination, fresh, async (state, send, untilSent) => {
      await fromStore(staging.requireStore(staged.store), untilSent);
      await using record = new SendRecord();
      await record.open(staging, staged, chunk);
      const recorded = await record.read();
      // What was done since the last heartbeat ended the failures that it tells of.
      if (recorded.done > state.done) Object.assign(state, recorded, { settled: 0 }, NOT_FAILING);
      const rejects = staging.rejectsOf(staged, namespace);
      if (state.refused > 0) state.rejects = rejects;
      // Not left early: the next attempt could add the same reject at the same time.
      const addReject = (reject: Reject) =>
        fromStore(staging.addReject(staged, namespace, reject), deps.drained);
      const sending = { state, send, destination, cohortId, rejects, addReject };
      const requests = staging.read(staged, rest(chunk, state));
      for await (const request of eachFromStore(requests, untilSent)) {
        await sendStaged(sending, request);
        record.record(state);
        // Not asked for more: a cancel that comes with the last response has nothing to stop.
        if (state.done === chunk.requests) break;
      }
      if (state.done < chunk.requests) throw new RangeError('The store has less than the chunk.');
    });
    return { ...progressOf(end), settleMs: end.settleMs };
  };
}

function rest(chunk: Chunk, { done }: ChunkState): Chunk {
  return { firstRequest: chunk.firstRequest + done, requests: chunk.requests - done };
}
