import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  isCancellation,
  log,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { countChunks } from '../domain/chunk-plan.ts';
import type { CohortOfConnection } from '../domain/cohort-lock.ts';
import type { ExportRequest } from '../domain/export-input.ts';
import type { StagedRows } from '../domain/ports.ts';
import type { ExportReport, Progress } from '../domain/report.ts';
import { leaveQueue, takeTurn } from './acquire-lock.ts';
import { toExportFailure } from './export-failure.ts';
import { ExportState, type SentTotals } from './export-state.ts';
import { call } from './run-activity.ts';
import { afterFailure, afterSuccess } from './run-end.ts';
import { runQuery } from './run-query.ts';
import { sendChunks } from './send-chunks.ts';

const progress = defineQuery<Progress>('progress');

/** Set by Temporal on the runs of a schedule. */
const SCHEDULED_START_TIME = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/** What a run that continues as new hands to the next, as a second argument. */
interface Continuation {
  /** The run that continued: the later ones of a cron workflow are handed the same arguments. */
  readonly runId: string;
  /** Without the query, which may be large and has been run. */
  readonly request: Omit<ExportRequest, 'source'>;
  readonly staged: StagedRows;
  readonly warnings: readonly string[];
  readonly sent: SentTotals;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** Sends the rows of a query to a Braze cohort. Takes one argument; docs/workflow.md describes it. */
export async function exportCohort(...args: unknown[]): Promise<ExportReport> {
  const state = new ExportState(isDelayed(args[0]) ? 'delayed' : 'waiting');
  setHandler(progress, () => state.progress());
  try {
    const report = await run(args, state);
    await afterSuccess(args[0], report);
    return report;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    // Once a cancel was asked for, the server ends what a lost worker held as failed.
    const isCancelled = CancellationScope.current().consideredCancelled;
    const failure = isCancelled ? new CancelledFailure('cancelled') : toExportFailure(error);
    if (isCancellation(failure)) state.enter('cancelled', 'cancelled on request');
    else if (failure instanceof Error) state.enter('failed', failure.message);
    if (failure instanceof ApplicationFailure) await afterFailure(args[0], failure);
    throw failure;
  }
}

async function run(args: readonly unknown[], state: ExportState): Promise<ExportReport> {
  const { startTime } = workflowInfo();
  const [input, continuation] = args as [unknown, Continuation | undefined];
  if (isContinued(continuation)) {
    return await releasing(continuation.request, async () => {
      state.goOn(continuation.staged, continuation.sent);
      const turnOf = await waitForTurn(continuation.request, state, continuation.runId);
      return await send(input, continuation, turnOf, state);
    });
  }
  const scheduledTime = nominalTime() ?? startTime;
  const typed = isOwn(continuation) ? [input] : args;
  const request = await call('checkExport', 'the input', typed);
  await delay(request, scheduledTime, state);
  return await releasing(request, async () => {
    state.enter('waiting', `taking its turn on ${request.cohortId} (${request.connection})`);
    const turnOf = await waitForTurn(request, state);
    const prepared = await prepare(request, scheduledTime.toISOString(), turnOf, state);
    const startedAt = startTime.toISOString();
    return await send(input, { ...prepared, startedAt }, turnOf, state);
  });
}

function isContinued(continuation: Continuation | undefined): continuation is Continuation {
  const { continuedFromExecutionRunId } = workflowInfo();
  return isOwn(continuation) && continuation.runId === continuedFromExecutionRunId;
}

/** Whether a second argument was handed over by a run, and not typed. */
function isOwn(continuation: Continuation | undefined): continuation is Continuation {
  return workflowInfo().continuedFromExecutionRunId !== undefined && continuation !== undefined;
}

function isDelayed(input: unknown): boolean {
  return (
    typeof input === 'object' && input !== null && 'delaySeconds' in input && !!input.delaySeconds
  );
}

/** The tick of a schedule, whenever it is that the run really starts. */
function nominalTime(): Date | null {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED_START_TIME) ?? null;
}

async function delay(request: ExportRequest, scheduledTime: Date, state: ExportState) {
  const startAt = scheduledTime.getTime() + request.delaySeconds * 1000;
  const waitMs = startAt - Date.now();
  if (request.delaySeconds === 0 || waitMs <= 0) return;
  state.enter('delayed', `starts at ${new Date(startAt).toISOString()}`);
  await sleep(waitMs);
}

/** Resolves to the run that has the turn; what changes the cohort must name it. */
function waitForTurn(cohort: CohortOfConnection, state: ExportState, continues?: string) {
  return takeTurn({ cohort, continues, onWaiting: (note) => state.enter('waiting', note) });
}

async function prepare(
  request: ExportRequest,
  scheduledTime: string,
  turnOf: string,
  state: ExportState,
) {
  const { connection, cohortId, cohortName, source } = request;
  const { firstExecutionRunId: exportRunId, startTime } = workflowInfo();
  const onNote = (note: string) => state.enter('querying', note);
  const job = await runQuery(source, scheduledTime, turnOf, onNote);
  const what =
    job === null ? 'run the query and stage its rows' : `stage the rows of job ${job.jobId}`;
  state.enter('staging', what);
  const staged = await call('stageRows', `${source.type}: ${what}`, {
    request,
    exportRunId,
    scheduledTime,
    turnOf,
    job,
  });
  state.staged = staged;

  state.enter('sending', `naming the cohort ${cohortName}`);
  const createdAt = startTime.toISOString();
  const cohort = { cohortId, cohortName, createdAt };
  const warnings = await call('nameCohort', cohortName, connection, cohort, turnOf);
  const { source: _, ...rest } = request;
  return { request: rest, staged, warnings, sent: state.sent };
}

async function send(
  input: unknown,
  from: Omit<Continuation, 'runId'>,
  turnOf: string,
  state: ExportState,
): Promise<ExportReport> {
  const { request, staged, warnings, startedAt } = from;
  const lanes = Math.min(request.threadCount, countChunks(staged.chunks));
  state.enter('sending', `${request.operation} with ${lanes} requests at once`);
  const nextChunk = await sendChunks({
    request,
    staged,
    turnOf,
    nextChunk: from.sent.chunks,
    onChunk: (chunk, done) => state.addChunk(chunk, done),
    shouldPause: () => workflowInfo().continueAsNewSuggested,
  });
  if (nextChunk < countChunks(staged.chunks)) {
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    const { runId } = workflowInfo();
    return await continueAsNew(input, { ...from, runId, sent: state.sent });
  }
  const report = state.report(request, warnings, startedAt, nominalTime());
  state.enter('finished', `${report.identifiers.sent} identifiers sent`);
  return report;
}

/** Removes the staged rows and gives the turn back however the work ends, but not between runs. */
async function releasing(
  request: CohortOfConnection,
  work: () => Promise<ExportReport>,
): Promise<ExportReport> {
  try {
    const report = await work();
    await release(request);
    return report;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) await release(request);
    throw error;
  }
}

async function release(request: CohortOfConnection): Promise<void> {
  // Side by side: the next export needs neither to wait for the other.
  await Promise.all([removeStagedRows(), leaveQueue(request)]);
}

async function removeStagedRows(): Promise<void> {
  await CancellationScope.nonCancellable(async () => {
    try {
      await call('cleanUp', 'the staged rows', workflowInfo().firstExecutionRunId);
    } catch {
      log.warn('the staged rows were not removed; the sweep of a worker will do it');
    }
  });
}
