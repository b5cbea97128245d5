import { setCurrentDetails } from '@temporalio/workflow';
import { chunkAt, countChunks, identifiersOfChunk } from '../domain/chunk-plan.ts';
import { type ChunkProgress, NOTHING_OF_CHUNK } from '../domain/chunk-progress.ts';
import type { SentRequest } from '../domain/export-input.ts';
import type { FailedAttempt } from '../domain/failed-attempt.ts';
import { refusedWarning } from '../domain/narrowing.ts';
import { fieldsOf } from '../domain/problems.ts';
import {
  type ExportReport,
  identifiersIn,
  isOver,
  NO_ROWS,
  type Progress,
  type Stage,
} from '../domain/report.ts';
import { describeRun } from '../domain/run-details.ts';
import { runSummary } from '../domain/run-summary.ts';
import type { SearchAttributeName } from '../domain/search-attributes.ts';
import { SendRate } from '../domain/send-rate.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { keepProgress, setSearchAttributes, setSummary } from './label-run.ts';

/** What was sent so far; carried over a continue-as-new. */
export interface SentTotals {
  readonly chunks: number;
  readonly identifiers: number;
  readonly refused: number;
  /** The location of the rejects file, if identifiers were refused. */
  readonly rejects: string | null;
  readonly accepted: number;
  readonly retried: number;
  readonly warnings: readonly string[];
  /** Chunks that were begun and stopped; what they have sent is counted above. */
  readonly unfinished: readonly UnfinishedChunk[];
  /** When no request can be applied any more, in epoch milliseconds by Temporal's clock. */
  readonly settledAt: number;
}

export interface UnfinishedChunk {
  readonly index: number;
  readonly sent: ChunkProgress;
}

const NOTHING_SENT: SentTotals = {
  chunks: 0,
  identifiers: 0,
  refused: 0,
  rejects: null,
  accepted: 0,
  retried: 0,
  warnings: [],
  unfinished: [],
  settledAt: 0,
};

/** What a run that continues another one takes over. */
interface Resumed {
  readonly request: SentRequest;
  readonly staged: StagedRows;
  readonly sent: SentTotals;
  readonly warnings: readonly string[];
}

/** The state of an export, for the query `progress`, the Web UI and the report. */
export class ExportState {
  staged: StagedRows | null = null;
  sent: SentTotals = NOTHING_SENT;
  /** Search attributes that the server has. */
  known: readonly SearchAttributeName[] = [];
  /** Of the destination. */
  warnings: readonly string[] = [];
  readonly #input: unknown;
  readonly #rate = new SendRate();
  #request: SentRequest | null = null;
  #failed: FailedAttempt | null = null;
  #stage: Stage;
  #note = 'checking the input';
  #more: string | null = null;

  /** @param input as it was typed */
  constructor(input: unknown, stage: Stage) {
    this.#input = input;
    this.#stage = stage;
  }

  /** The export as it was checked; `null` until then. */
  get request(): SentRequest | null {
    return this.#request;
  }

  /** The input was checked. */
  begin(request: SentRequest): void {
    this.#request = request;
    const summary = runSummary(request);
    if (summary !== null) setSummary(summary);
    this.#label();
    this.#show();
  }

  /** Takes over from the run that continued as this one. */
  resume({ request, staged, sent, warnings }: Resumed): void {
    this.#request = request;
    this.staged = staged;
    this.sent = sent;
    this.warnings = warnings;
    this.enter('sending', 'continuing in a new run');
  }

  /** What to show besides the note while the query runs and rows are staged, or `null`. */
  set more(text: string | null) {
    this.#more = text;
    this.#show();
  }

  get stage(): Stage {
    return this.#stage;
  }

  enter(stage: Stage, note: string): void {
    this.#stage = stage;
    this.#note = note;
    this.#failed = null;
    if (stage !== 'querying' && stage !== 'staging') this.#more = null;
    this.#label();
    // A run with a result has it there.
    if (isOver(stage) && stage !== 'finished' && this.staged !== null) {
      keepProgress(this.progress());
    }
    this.#show();
  }

  /** An attempt of an activity failed, and is made again. */
  addFailedAttempt(failed: FailedAttempt): void {
    this.#failed = failed;
    this.#show();
  }

  /** A chunk is about to be sent. `before` is what was sent of it. */
  beginChunk(index: number, before: ChunkProgress): void {
    const left = this.identifiersOfChunk(index).identifiers - before.identifiers - before.refused;
    this.#rate.begin(index, left, Date.now());
    this.#show();
  }

  identifiersOfChunk(index: number): ReturnType<typeof identifiersOfChunk> {
    const { chunks = [], identifiers, fullestRequest = 0 } = this.staged ?? {};
    const all = identifiers === undefined ? 0 : identifiersIn(identifiers);
    return identifiersOfChunk(chunks, chunkAt(chunks, index), { identifiers: all, fullestRequest });
  }

  /** @param sent all that is known to be sent of the chunk, earlier parts of it included */
  addChunk(index: number, sent: ChunkProgress, done: boolean): void {
    const { chunks, identifiers, refused, rejects, accepted, retried, warnings, unfinished } =
      this.sent;
    const before = unfinished.find((chunk) => chunk.index === index)?.sent ?? NOTHING_OF_CHUNK;
    this.#rate.end(index, sent.identifiers - before.identifiers, Date.now());
    this.#failed = null;
    const others = unfinished.filter((chunk) => chunk.index !== index);
    this.sent = {
      ...this.sent,
      chunks: chunks + (done ? 1 : 0),
      identifiers: identifiers + sent.identifiers - before.identifiers,
      refused: refused + sent.refused - before.refused,
      rejects: rejects ?? sent.rejects,
      accepted: accepted + sent.accepted - before.accepted,
      retried: retried + sent.retried - before.retried,
      warnings: [...new Set([...warnings, ...sent.warnings])],
      unfinished: done ? others : [...others, { index, sent }],
    };
    this.#show();
  }

  /** Some requests that had no response can be applied for so long. */
  settle(ms: number): void {
    const settledAt = Math.max(this.sent.settledAt, Date.now() + ms);
    this.sent = { ...this.sent, settledAt };
  }

  /** Milliseconds until no request of the export can be applied any more. */
  get settleMs(): number {
    return Math.max(0, this.sent.settledAt - Date.now());
  }

  progress(): Progress {
    const { staged, sent } = this;
    return {
      stage: this.#stage,
      rows: staged?.rows ?? NO_ROWS,
      identifiers: {
        ...(staged?.identifiers ?? { userIds: 0, deviceIds: 0, aliases: 0, repeated: 0 }),
        sent: sent.identifiers,
        refused: sent.refused,
      },
      chunks: { total: countChunks(staged?.chunks ?? []), done: sent.chunks },
      note: this.#more === null ? this.#note : `${this.#note}; ${this.#more}`,
    };
  }

  report(request: SentRequest, startedAt: string, scheduledTime: Date | null): ExportReport {
    const { rows, identifiers } = this.progress();
    const { cohortId, cohortName, operation } = request;
    const { rejectReasons = [] } = this.staged ?? {};
    return {
      cohortId,
      cohortName,
      operation,
      rows,
      identifiers,
      requests: { accepted: this.sent.accepted, retried: this.sent.retried },
      rejects: this.#rejects,
      ...(rejectReasons.length === 0 ? {} : { rejectReasons }),
      warnings: this.#warnings,
      ...(this.staged?.data === undefined ? {} : { data: this.staged.data }),
      ...(scheduledTime === null ? {} : { scheduledTime: scheduledTime.toISOString() }),
      startedAt,
      finishedAt: new Date().toISOString(),
    };
  }

  get #rejects(): string | null {
    return this.staged?.rejects ?? this.sent.rejects;
  }

  get #warnings(): string[] {
    const { refused, warnings } = this.sent;
    const ofRefused = refused > 0 ? [refusedWarning(refused)] : [];
    return [...(this.staged?.warnings ?? []), ...this.warnings, ...ofRefused, ...warnings];
  }

  /** What the lists of the Web UI show, and find runs by. */
  #label(): void {
    // An input that is not valid says less, and is only looked at when the run fails.
    if (this.#request === null && !isOver(this.#stage)) return;
    const typed = fieldsOf(this.#request ?? this.#input);
    const text = (name: string) => {
      const value = typed[name];
      return typeof value === 'string' ? value : null;
    };
    setSearchAttributes(this.known, {
      CohortId: text('cohortId'),
      CohortConnection: text('connection'),
      CohortOperation: text('operation'),
      CohortStage: this.#stage,
      CohortIdentifiersSent: this.sent.identifiers,
      CohortRowsRejected: this.staged?.rows.rejected ?? 0,
    });
  }

  /** Markdown on the run's page of the Web UI. */
  #show(): void {
    const progress = this.progress();
    const { sent, refused } = progress.identifiers;
    const left = identifiersIn(progress.identifiers) - sent - refused;
    setCurrentDetails(
      describeRun({
        request: this.#request,
        progress,
        requests: this.sent,
        estimate: this.#rate.estimate(left, Date.now()),
        failed: this.#failed,
        warnings: this.#warnings,
        rejectReasons: this.staged?.rejectReasons ?? [],
        rejects: this.#rejects,
      }),
    );
  }
}
