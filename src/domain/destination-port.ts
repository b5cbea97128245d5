import type { Batch, BatchLimits } from './batches.ts';
import type { ConnectionType } from './connection-type.ts';
import { ExportError, type FailureType } from './failures.ts';
import type { GiveUp } from './retry.ts';
import type { InFlight } from './unanswered-requests.ts';

export const OPERATIONS = ['APPEND', 'REMOVE'] as const;
export type Operation = (typeof OPERATIONS)[number];

/** A connection to a destination, as an export names it. */
export interface DestinationName {
  /** The type of the destination. */
  readonly destination: string;
  readonly connection: string;
}

/**
 * What a destination makes of identifiers before they are staged: pure, and without credentials. The
 * module that a destination type names as its `format` exports one as `requestFormat`.
 */
export interface RequestFormat {
  readonly limits: BatchLimits;
  /** Why the destination would not take an identifier that is valid text, or `null`. */
  identifierProblem(value: string): string | null;
  /** The part of a request that changes members, ready to be sent. */
  encode(batch: Batch, operation: Operation): string;
  /** What a payload was encoded from. */
  decode(payload: Uint8Array): EncodedBatch;
}

export interface EncodedBatch {
  readonly batch: Batch;
  readonly operation: Operation;
}

/**
 * A rejection that is about identifiers of the request: without them it may be accepted. Nothing of the
 * request was applied.
 */
export class IdentifiersRefused extends ExportError {
  /** Such as `was refused by Braze: …`; as safe as the message. */
  readonly reason: string;

  constructor(type: FailureType, message: string, reason: string) {
    super(type, message);
    this.reason = reason;
  }
}

export interface Cohort {
  readonly cohortId: string;
  readonly cohortName: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
}

/** How a caller ends a request, and follows it. */
export interface RequestControl {
  readonly signal: AbortSignal;
  /** Ends only a request that has not left, such as one that waits for its place in a rate limit. */
  readonly untilSent?: AbortSignal;
  readonly inFlight?: InFlight;
}

/**
 * One connection to a destination. Both calls send one request each and return once it was accepted;
 * any other end is an `ExportError` that says whether to retry, or a signal's abort reason; it is
 * `IdentifiersRefused` where fewer members might have been accepted. A request
 * without a response ends after `RESPONSE_WITHIN_MS`. Its failure types are its name followed by
 * `Unauthorized`, `Rejected` or `Unavailable`.
 */
export interface Destination extends AsyncDisposable {
  readonly format: RequestFormat;
  /** How long to keep retrying without a single accepted request. */
  readonly giveUp: GiveUp;
  /**
   * Creates the cohort or renames it; sends nothing where cohorts have no names. Resolves to a warning
   * of the destination's, if it gave one.
   */
  nameCohort(cohort: Cohort, request: RequestControl): Promise<string | null>;
  changeMembers(
    cohortId: string,
    payload: Uint8Array,
    request: RequestControl,
  ): Promise<string | null>;
}

/** Called with each response, for metrics: its status, or `null` where there was none. */
export type OnResponse = (status: number | null, durationMs: number) => void;

/** A type of destination: all that it declares; src/destinations/registry.ts lists those there are. */
export interface DestinationType<Section = object, Connection extends object = object>
  extends ConnectionType<Section, Connection> {
  /** The module of its request format, for staging processes; it exports `requestFormat`. */
  readonly format: URL;
  connect(connection: Connection, onResponse: OnResponse): Destination;
}
