import { setCurrentDetails } from '@temporalio/workflow';
import type { ChunkProgress } from '../activities/sending.ts';
import { countChunks } from '../domain/chunk-plan.ts';
import type { ExportRequest } from '../domain/export-input.ts';
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
  readonly accepted: number;
  readonly retried: number;
  readonly warnings: readonly string[];
}

const NOTHING_SENT: SentTotals = {
  chunks: 0,
  identifiers: 0,
  accepted: 0,
  retried: 0,
  warnings: [],
};

/** The state of an export, for the query `progress`, the Web UI and the report. */
export class ExportState {
  /** The export as it was checked; `null` until then. */
  request: Omit<ExportRequest, 'source'> | null = null;
  staged: StagedRows | null = null;
  sent: SentTotals = NOTHING_SENT;
  #stage: Stage;
  #note = 'checking the input';

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  /** Takes over from the run that continued as this one. */
  resume(staged: StagedRows, sent: SentTotals): void {
    this.staged = staged;
    this.sent = sent;
    this.enter('sending', 'continuing in a new run');
  }

  enter(stage: Stage, note: string): void {
    this.#stage = stage;
    this.#note = note;
    this.#show();
  }

  addChunk(progress: ChunkProgress, done: boolean): void {
    this.sent = {
      chunks: this.sent.chunks + (done ? 1 : 0),
      identifiers: this.sent.identifiers + progress.identifiers,
      accepted: this.sent.accepted + progress.accepted,
      retried: this.sent.retried + progress.retried,
      warnings: [...new Set([...this.sent.warnings, ...progress.warnings])],
    };
    this.#show();
  }

  progress(): Progress {
    const { staged, sent } = this;
    return {
      stage: this.#stage,
      rows: staged?.rows ?? NO_ROWS,
      identifiers: {
        ...(staged?.identifiers ?? { userIds: 0, deviceIds: 0, aliases: 0, repeated: 0 }),
        sent: sent.identifiers,
      },
      chunks: { total: countChunks(staged?.chunks ?? []), done: sent.chunks },
      note: this.#note,
    };
  }

  report(
    request: Omit<ExportRequest, 'source'>,
    warnings: readonly string[],
    startedAt: string,
    scheduledTime: Date | null,
  ): ExportReport {
    const { rows, identifiers } = this.progress();
    const { cohortId, cohortName, operation } = request;
    return {
      cohortId,
      cohortName,
      operation,
      rows,
      identifiers,
      requests: { accepted: this.sent.accepted, retried: this.sent.retried },
      rejects: this.staged?.rejects ?? null,
      warnings: [...(this.staged?.warnings ?? []), ...warnings, ...this.sent.warnings],
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
        `- identifiers: ${identifiers.sent} of ${identifiersIn(identifiers)} sent, ${identifiers.repeated} duplicates left out`,
        `- chunks: ${chunks.done} of ${chunks.total} done`,
      ].join('\n'),
    );
  }
}
