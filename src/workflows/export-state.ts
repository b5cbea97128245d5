import { setCurrentDetails } from '@temporalio/workflow';
import { countChunks } from '../domain/chunk-plan.ts';
import { type ChunkProgress, NOTHING_OF_CHUNK } from '../domain/chunk-progress.ts';
import type { SentRequest } from '../domain/export-input.ts';
import { refusedWarning } from '../domain/narrowing.ts';
import {
  type ExportReport,
  identifiersIn,
  NO_ROWS,
  type Progress,
  type Stage,
} from '../domain/report.ts';
import type { StagedRows } from '../domain/staging-port.ts';

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

/** The state of an export, for the query `progress`, the Web UI and the report. */
export class ExportState {
  /** The export as it was checked; `null` until then. */
  request: SentRequest | null = null;
  staged: StagedRows | null = null;
  sent: SentTotals = NOTHING_SENT;
  #stage: Stage;
  #note = 'checking the input';
  #more: string | null = null;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Takes over from the run that continued as this one. */
  resume(staged: StagedRows, sent: SentTotals): void {
    this.staged = staged;
    this.sent = sent;
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
    if (stage !== 'querying' && stage !== 'staging') this.#more = null;
    this.#show();
  }

  /** @param sent all that is known to be sent of the chunk, earlier parts of it included */
  addChunk(index: number, sent: ChunkProgress, done: boolean): void {
    const { chunks, identifiers, refused, rejects, accepted, retried, warnings, unfinished } =
      this.sent;
    const before = unfinished.find((chunk) => chunk.index === index)?.sent ?? NOTHING_OF_CHUNK;
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

  report(
    request: SentRequest,
    warnings: readonly string[],
    startedAt: string,
    scheduledTime: Date | null,
  ): ExportReport {
    const { rows, identifiers } = this.progress();
    const { cohortId, cohortName, operation } = request;
    const refused = identifiers.refused > 0 ? [refusedWarning(identifiers.refused)] : [];
    return {
      cohortId,
      cohortName,
      operation,
      rows,
      identifiers,
      requests: { accepted: this.sent.accepted, retried: this.sent.retried },
      rejects: this.staged?.rejects ?? this.sent.rejects,
      warnings: [...(this.staged?.warnings ?? []), ...warnings, ...refused, ...this.sent.warnings],
      ...(this.staged?.data === undefined ? {} : { data: this.staged.data }),
      ...(scheduledTime === null ? {} : { scheduledTime: scheduledTime.toISOString() }),
      startedAt,
      finishedAt: new Date().toISOString(),
    };
  }

  /** Markdown on the run's page of the Web UI. */
  #show(): void {
    const { stage, rows, identifiers, chunks, note } = this.progress();
    setCurrentDetails(
      [
        `**${stage}**: ${note}`,
        '',
        `- rows: ${rows.read} read, ${rows.accepted} accepted, ${rows.rejected} rejected`,
        `- identifiers: ${identifiers.sent} of ${identifiersIn(identifiers)} sent, ${identifiers.repeated} duplicates left out${identifiers.refused > 0 ? `, ${identifiers.refused} refused` : ''}`,
        `- chunks: ${chunks.done} of ${chunks.total} done`,
      ].join('\n'),
    );
  }
}
