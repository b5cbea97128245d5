import type { Chunk } from '../domain/chunk-plan.ts';
import type { ChunkProgress } from '../domain/chunk-progress.ts';
import type { Cohort, DestinationName } from '../domain/destination-port.ts';
import { identifiersIn } from '../domain/report.ts';
import { NOT_FAILING } from '../domain/retry.ts';
import type { StagedKey } from '../domain/staging-port.ts';
import type { Settling } from '../domain/unanswered-requests.ts';
import type { ActivityDependencies } from './support/dependencies.ts';
import { requireLock, type UnderLock } from './support/own-run.ts';
import { requireStore } from './support/retry-state.ts';
import { SendRecord } from './support/send-record.ts';
import { NOTHING_SENT, type SendState, sendRequests } from './support/send-requests.ts';

/** Thousands of requests may carry the same warning; only a few are kept. */
const WARNINGS_KEPT = 5;

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
    const { settleMs } = await sendRequests(deps, destination, fresh, async (state, send) => {
      await requireStore(deps.staging, input.store, state);
      const warning = await send((request) => destination.nameCohort(input.cohort, request));
      if (warning !== null) warnings.push(warning);
    });
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

type ChunkState = ChunkProgress & SendState;

/**
 * Sends the requests of a chunk, one after another. What was accepted is recorded, so that after a
 * failure the next attempt continues after it, on any worker.
 */
export function createSendChunk(deps: ActivityDependencies) {
  const { destinations, staging } = deps;
  return async (input: SendChunkInput): Promise<ChunkEnd> => {
    requireLock(input);
    const destination = destinations.find(input);
    const fresh: ChunkState = { ...NOTHING_SENT, ...input.before };
    const end = await sendRequests(deps, destination, fresh, async (state, send) => {
      await requireStore(staging, input.staged.store, state);
      await using record = new SendRecord();
      await record.open(staging, input.staged, input.chunk);
      const recorded = await record.read();
      // What was accepted since the last heartbeat ended the failures that it tells of.
      if (recorded.accepted > state.accepted) Object.assign(state, recorded, NOT_FAILING);
      const requests = staging.read(input.staged, rest(input.chunk, state));
      for await (const { payload, counts } of requests) {
        const warning = await send((request) =>
          destination.changeMembers(input.cohortId, payload, request),
        );
        state.accepted += 1;
        state.identifiers += identifiersIn(counts);
        record.record(state);
        if (warning !== null && state.warnings.length < WARNINGS_KEPT) {
          state.warnings = [...state.warnings, warning];
        }
      }
    });
    return progressOf(end);
  };
}

function progressOf(state: ChunkState & Settling): ChunkEnd {
  const { accepted, retried, identifiers, warnings, settleMs } = state;
  return { accepted, retried, identifiers, warnings, settleMs };
}

function rest(chunk: Chunk, { accepted }: ChunkState): Chunk {
  return {
    firstRequest: chunk.firstRequest + accepted,
    requests: chunk.requests - accepted,
  };
}
