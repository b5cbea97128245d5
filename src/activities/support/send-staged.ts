import { identifiersOf, type Part, partOf } from '../../domain/batch-parts.ts';
import type { ChunkProgress } from '../../domain/chunk-progress.ts';
import { type Destination, IdentifiersRefused } from '../../domain/destination-port.ts';
import { MOST_REFUSED_OF_CHUNK, narrowDown, tooManyRefused } from '../../domain/narrowing.ts';
import { identifiersIn } from '../../domain/report.ts';
import { rowAt } from '../../domain/row-ranges.ts';
import type { Reject, StagedRequest } from '../../domain/staging-port.ts';
import { maskValue } from '../../redaction/mask-value.ts';
import type { Send, SendState } from './send-requests.ts';

/** Thousands of requests may carry the same warning; only a few are kept. */
const WARNINGS_KEPT = 5;

export type ChunkState = { -readonly [K in keyof ChunkProgress]: ChunkProgress[K] } & SendState;

export interface ChunkSending {
  readonly state: ChunkState;
  readonly send: Send;
  readonly destination: Pick<Destination, 'changeMembers' | 'format'>;
  readonly cohortId: string;
  /** Where the rejects of the export are. */
  readonly rejects: string;
  readonly addReject: (reject: Reject) => Promise<void>;
}

/**
 * Sends what is not settled of a staged request. Where the destination refuses identifiers of it, and
 * their rows were kept, it is narrowed down: they become rejects, and all others are sent.
 */
export async function sendStaged(chunk: ChunkSending, request: StagedRequest): Promise<void> {
  const { state, send, destination, cohortId } = chunk;
  const end = identifiersIn(request.counts);
  await narrowDown({ start: state.settled, end }, async (part) => {
    const isWhole = part.start === 0 && part.end === end;
    const payload = isWhole ? request.payload : partOfPayload(chunk, request, part);
    try {
      const warning = await send((control) =>
        destination.changeMembers(cohortId, payload, control),
      );
      state.accepted += 1;
      state.identifiers += part.end - part.start;
      if (warning !== null && state.warnings.length < WARNINGS_KEPT) {
        state.warnings = [...state.warnings, warning];
      }
    } catch (error) {
      if (!(error instanceof IdentifiersRefused) || request.rows === null) throw error;
      if (part.end - part.start > 1) return false;
      if (state.refused === MOST_REFUSED_OF_CHUNK) throw tooManyRefused(error, chunk.rejects);
      await chunk.addReject(rejectOf(chunk, request, part, error));
      state.refused += 1;
      state.rejects = chunk.rejects;
    }
    state.settled = part.end;
    return true;
  });
  state.done += 1;
  state.settled = 0;
}

function partOfPayload(
  { destination: { format } }: ChunkSending,
  { payload }: StagedRequest,
  part: Part,
): Uint8Array {
  const { batch, operation } = format.decode(payload);
  return Buffer.from(format.encode(partOf(batch, part), operation));
}

function rejectOf(
  { destination: { format } }: ChunkSending,
  { payload, rows }: StagedRequest,
  { start }: Part,
  { reason }: IdentifiersRefused,
): Reject {
  const identifier = identifiersOf(format.decode(payload).batch)[start];
  if (identifier === undefined || rows === null) throw new RangeError(`no identifier ${start}`);
  const { column, value } = identifier;
  return { row: rowAt(rows, start), column, reason, value: maskValue(value) };
}
