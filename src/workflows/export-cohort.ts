import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  continueAsNew,
  defineQuery,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { countChunks } from '../domain/chunk-plan.ts';
import type { CohortKey } from '../domain/cohort-lock-messages.ts';
import type { ExportRequest } from '../domain/export-input.ts';
import type { ExportReport, Progress } from '../domain/report.ts';
import type { StagedRows } from '../domain/staging-port.ts';
import { acquireLock, releaseLock } from './acquire-lock.ts';
import { toExportFailure } from './export-failure.ts';
import { ExportState, type SentTotals } from './export-state.ts';
import { bestEffort, runActivity } from './run-activity.ts';
import { afterFailure, afterSuccess } from './run-end.ts';
import { runQuery } from './run-query.ts';
import { sendChunks } from './send-chunks.ts';

const progress = defineQuery<Progress>('progress');

/** Set by Temporal on the runs of a schedule. */
const SCHEDULED_START_TIME = defineSearchAttributeKey(
  'TemporalScheduledStartTime',
  SearchAttributeType.DATETIME,
);

/** What a run that continues as new passes to the next, as a second argument. */
interface Continuation {
  /** The run that continued: later runs of a cron workflow get the same arguments. */
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
    await afterSuccess(state.request ?? args[0], report);
    return report;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    // After a cancel, the server reports the activities of a lost worker as failed.
    const isCancelled = CancellationScope.current().consideredCancelled;
    const failure = isCancelled ? new CancelledFailure('cancelled') : toExportFailure(error);
    if (isCancellation(failure)) state.enter('cancelled', 'cancelled on request');
    else if (failure instanceof Error) state.enter('failed', failure.message);
    if (failure instanceof ApplicationFailure)
      await afterFailure(state.request ?? args[0], failure);
    throw failure;
  }
}

async function run(args: readonly unknown[], state: ExportState): Promise<ExportReport> {
  const startTime = startOfRun();
  const [input, continuation] = args as [unknown, Continuation | undefined];
  if (isContinued(continuation)) {
    return await releasing(continuation.request, state, async () => {
      state.request = continuation.request;
      state.resume(continuation.staged, continuation.sent);
      const holder = await waitForLock(continuation.request, state, continuation.runId);
      return await send(input, continuation, holder, state);
    });
  }
  const scheduledTime = scheduledTimeOf() ?? startTime;
  const typed = isOwn(continuation) ? [input] : args;
  const { request, runsAsJob } = await runActivity('checkExport', 'the input', { args: typed });
  state.request = request;
  await delay(request, scheduledTime, state);
  return await releasing(request, state, async () => {
    state.enter('waiting', `acquiring the lock of ${request.cohortId} (${request.connection})`);
    const lockHolderRunId = await waitForLock(request, state);
    const run = { lockHolderRunId, scheduledTime: scheduledTime.toISOString(), runsAsJob };
    const prepared = await prepare(request, run, state);
    const startedAt = startTime.toISOString();
    return await send(input, { ...prepared, startedAt }, lockHolderRunId, state);
  });
}

function isContinued(continuation: Continuation | undefined): continuation is Continuation {
  const { continuedFromExecutionRunId } = workflowInfo();
  return isOwn(continuation) && continuation.runId === continuedFromExecutionRunId;
}

/** Whether a second argument was passed by a run, and not typed. */
function isOwn(continuation: Continuation | undefined): continuation is Continuation {
  return workflowInfo().continuedFromExecutionRunId !== undefined && continuation !== undefined;
}

function isDelayed(input: unknown): boolean {
  return (
    typeof input === 'object' && input !== null && 'delaySeconds' in input && !!input.delaySeconds
  );
}

/** A run of a cron workflow, or one that is retried or delayed by Temporal, is created before it starts. */
function startOfRun(): Date {
  const { startTime: createdAt, cronScheduleToScheduleInterval: waitMs = 0 } = workflowInfo();
  return new Date(createdAt.getTime() + waitMs);
}

/** The scheduled time of a schedule's run, whenever it really starts. */
function scheduledTimeOf(): Date | null {
  return workflowInfo().typedSearchAttributes.get(SCHEDULED_START_TIME) ?? null;
}

async function delay(request: ExportRequest, scheduledTime: Date, state: ExportState) {
  const startAt = scheduledTime.getTime() + request.delaySeconds * 1000;
  const waitMs = startAt - Date.now();
  if (request.delaySeconds === 0 || waitMs <= 0) return;
  state.enter('delayed', `starts at ${new Date(startAt).toISOString()}`);
  await sleep(waitMs);
}

/** Resolves to the run that holds the lock; what changes the cohort must name it. */
function waitForLock(cohort: CohortKey, state: ExportState, continues?: string) {
  const { destination, connection, cohortId } = cohort;
  return acquireLock({
    cohort: { destination, connection, cohortId },
    continues,
    onWaiting: (note) => state.enter('waiting', note),
  });
}

interface PreparedRun {
  readonly lockHolderRunId: string;
  readonly scheduledTime: string;
  readonly runsAsJob: boolean;
}

/** Runs the query, stages its rows and names the cohort. */
async function prepare(request: ExportRequest, run: PreparedRun, state: ExportState) {
  const { lockHolderRunId, scheduledTime, runsAsJob } = run;
  const { destination, connection, cohortId, cohortName, source } = request;
  const { firstExecutionRunId: exportRunId } = workflowInfo();
  const onNote = (note: string) => state.enter('querying', note);
  const job = runsAsJob ? await runQuery(source, scheduledTime, lockHolderRunId, onNote) : null;
  const what =
    job === null
      ? 'running the query and staging its rows'
      : `reading the rows of job ${job.jobId}`;
  state.enter('staging', what);
  const staged = await runActivity('stageRows', `${source.type}: ${what}`, {
    request,
    exportRunId,
    scheduledTime,
    lockHolderRunId,
    job,
  });
  state.staged = staged;

  state.enter('sending', `naming the cohort ${cohortName}`);
  const createdAt = startOfRun().toISOString();
  const warnings = await runActivity('nameCohort', cohortName, {
    destination,
    connection,
    cohort: { cohortId, cohortName, createdAt },
    lockHolderRunId,
    store: staged.store,
  });
  const { source: _, ...rest } = request;
  return { request: rest, staged, warnings, sent: state.sent };
}

async function send(
  input: unknown,
  from: Omit<Continuation, 'runId'>,
  lockHolderRunId: string,
  state: ExportState,
): Promise<ExportReport> {
  const { request, staged, warnings, startedAt } = from;
  const lanes = Math.min(request.threadCount, countChunks(staged.chunks));
  state.enter(
    'sending',
    `${request.operation} with ${lanes} concurrent ${lanes === 1 ? 'request' : 'requests'}`,
  );
  const nextChunk = await sendChunks({
    request,
    staged,
    lockHolderRunId,
    nextChunk: from.sent.chunks,
    onChunk: (chunk, done) => state.addChunk(chunk, done),
    shouldPause: () => workflowInfo().continueAsNewSuggested,
  });
  if (nextChunk < countChunks(staged.chunks)) {
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('cancelled');
    const { runId } = workflowInfo();
    return await continueAsNew(input, { ...from, runId, sent: state.sent });
  }
  const report = state.report(request, warnings, startedAt, scheduledTimeOf());
  state.enter('finished', `${report.identifiers.sent} identifiers sent`);
  return report;
}

/** Releases the lock and removes the staged rows however the work ends, but not between runs. */
async function releasing(
  cohort: CohortKey,
  state: ExportState,
  work: () => Promise<ExportReport>,
): Promise<ExportReport> {
  try {
    const report = await work();
    await release(cohort, state);
    return report;
  } catch (error) {
    if (!(error instanceof ContinueAsNew)) await release(cohort, state);
    throw error;
  }
}

async function release(cohort: CohortKey, { staged }: ExportState): Promise<void> {
  const { firstExecutionRunId: exportRunId } = workflowInfo();
  // First: a signal is sent when its workflow task ends, and the task waits for local activities.
  await CancellationScope.nonCancellable(() => releaseLock(cohort));
  await bestEffort("staged rows were not removed; a worker's clean-up will remove them", () =>
    runActivity('cleanUp', 'the staged rows', { exportRunId, store: staged?.store ?? null }),
  );
}
