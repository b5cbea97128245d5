import {
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  ContinueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import { countChunks } from '../domain/chunk-plan.ts';
import type { CohortKey } from '../domain/cohort-lock-messages.ts';
import type { ExportRequest, SentRequest } from '../domain/export-input.ts';
import {
  ATTEMPT_FAILED_SIGNAL,
  type FailedAttempt,
  isFailedAttempt,
} from '../domain/failed-attempt.ts';
import { allRefused } from '../domain/narrowing.ts';
import type { ExportReport, Progress } from '../domain/report.ts';
import { acquireLock, releaseLock } from './acquire-lock.ts';
import {
  type Continuation,
  continuationOf,
  continueWith,
  isOwn,
  type Sending,
} from './continuation.ts';
import { failureOf, toExportFailure } from './export-failure.ts';
import { ExportState } from './export-state.ts';
import { settleMsAfter } from './failed-sending.ts';
import { Pausing } from './pausing.ts';
import { bestEffort, runActivity } from './run-activity.ts';
import { afterFailure, afterSuccess } from './run-end.ts';
import { runQuery } from './run-query.ts';
import { scheduledTimeOf, startOfRun } from './run-times.ts';
import { sendChunks } from './send-chunks.ts';

const progress = defineQuery<Progress>('progress');
const attemptFailed = defineSignal<[FailedAttempt]>(ATTEMPT_FAILED_SIGNAL);

/** Sends the rows of a query to a Braze cohort. Takes one argument; docs/workflow.md describes it. */
export async function exportCohort(...args: unknown[]): Promise<ExportReport> {
  const continuation = continuationOf(args[1]);
  const state = new ExportState(
    args[0],
    continuation === null && isDelayed(args[0]) ? 'delayed' : 'waiting',
  );
  setHandler(progress, () => state.progress());
  setHandler(attemptFailed, (failed) => {
    if (isFailedAttempt(failed)) state.addFailedAttempt(failed);
  });
  const pausing = new Pausing(state);
  try {
    const report = await run(args, continuation, state, pausing);
    await pausing.settled();
    await afterSuccess(state.request ?? args[0], report);
    return report;
  } catch (error) {
    if (error instanceof ContinueAsNew) throw error;
    // After a cancel, the server reports the activities of a lost worker as failed.
    const isCancelled = CancellationScope.current().consideredCancelled;
    const failure = isCancelled ? new CancelledFailure('cancelled') : toExportFailure(error);
    if (isCancellation(failure)) state.enter('cancelled', 'cancelled on request');
    else if (failure instanceof Error) state.enter('failed', failure.message);
    await pausing.settled();
    if (failure instanceof ApplicationFailure)
      await afterFailure(state.request ?? args[0], failure);
    throw failure;
  }
}

async function run(
  args: readonly unknown[],
  continuation: Continuation | null,
  state: ExportState,
  pausing: Pausing,
): Promise<ExportReport> {
  const [input] = args;
  if (continuation?.stage === 'sending') {
    return await releasing(continuation.request, state, async () => {
      state.resume(continuation);
      pausing.restore(continuation.pause, continuation.request);
      await listSearchAttributes(state);
      const holder = await waitForLock(continuation.request, {
        continues: continuation.runId,
        // Nothing new: it holds the lock, and what it waits for is its resume.
        onWaiting: (note) => pausing.current === null && state.enter('waiting', note),
        onOutgrown: () => continueWith(input, { ...continuation, pause: pausing.current }),
      });
      return await send(input, continuation, holder, state, pausing);
    });
  }
  await listSearchAttributes(state);
  const startedAt = continuation?.startedAt ?? startOfRun().toISOString();
  const scheduledTime =
    continuation?.scheduledTime ?? (scheduledTimeOf() ?? startOfRun()).toISOString();
  if (continuation !== null) state.enter('waiting', continuation.note);
  const typed = isOwn(args[1]) ? [input] : args;
  const { request, runsAsJob } = await runActivity('checkExport', 'check the input', {
    args: typed,
  });
  state.begin(request);
  if (continuation === null) await delay(request, scheduledTime, state);
  return await releasing(request, state, async () => {
    if (continuation === null)
      state.enter('waiting', `acquiring the lock of ${request.cohortId} (${request.connection})`);
    const lockHolderRunId = await waitForLock(request, {
      continues: continuation?.runId,
      onWaiting: (note) => state.enter('waiting', note),
      onOutgrown: () => {
        const { note } = state.progress();
        return continueWith(input, { stage: 'waiting', startedAt, scheduledTime, note });
      },
    });
    const run = { lockHolderRunId, scheduledTime, runsAsJob };
    const staged = await stage(request, run, state);
    const { source: _, ...sent } = request;
    await pausing.run(sent, async () => {
      const run = { lockHolderRunId, startedAt, store: staged.store };
      state.warnings = await nameCohort(sent, run, state);
    });
    const { warnings } = state;
    const prepared = { request: sent, staged, warnings, sent: state.sent, startedAt };
    return await send(input, prepared, lockHolderRunId, state, pausing);
  });
}

async function listSearchAttributes(state: ExportState): Promise<void> {
  const consequence = "the server's search attributes are unknown, so the run sets none";
  const known = await bestEffort(consequence, () =>
    runActivity('listSearchAttributes', 'search attributes of the server', {}),
  );
  state.known = known ?? [];
}

function isDelayed(input: unknown): boolean {
  return (
    typeof input === 'object' && input !== null && 'delaySeconds' in input && !!input.delaySeconds
  );
}

async function delay(request: ExportRequest, scheduledTime: string, state: ExportState) {
  const startAt = Date.parse(scheduledTime) + request.delaySeconds * 1000;
  const waitMs = startAt - Date.now();
  if (request.delaySeconds === 0 || waitMs <= 0) return;
  const startsAt = new Date(startAt).toISOString();
  state.enter('delayed', `starts at ${startsAt}`);
  await sleep(waitMs, { summary: `delaySeconds: until ${startsAt}` });
}

/** Resolves to the run that holds the lock; what changes the cohort must name it. */
function waitForLock(
  cohort: CohortKey,
  waiting: Omit<Parameters<typeof acquireLock>[0], 'cohort'>,
) {
  const { destination, connection, cohortId } = cohort;
  return acquireLock({ ...waiting, cohort: { destination, connection, cohortId } });
}

interface PreparedRun {
  readonly lockHolderRunId: string;
  /** ISO 8601, UTC. */
  readonly scheduledTime: string;
  readonly runsAsJob: boolean;
}

/** Runs the query and stages its rows. */
async function stage(request: ExportRequest, run: PreparedRun, state: ExportState) {
  const { lockHolderRunId, scheduledTime, runsAsJob } = run;
  const { source } = request;
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
  return staged;
}

interface NamingRun {
  readonly lockHolderRunId: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Of the staged rows. */
  readonly store: string;
}

/** Resolves to the destination's warnings. */
async function nameCohort(
  request: SentRequest,
  { lockHolderRunId, startedAt, store }: NamingRun,
  state: ExportState,
) {
  const { destination, connection, cohortId, cohortName } = request;
  state.enter('sending', `naming the cohort ${cohortName}`);
  const named = await runActivity('nameCohort', `name the cohort ${cohortName}`, {
    destination,
    connection,
    cohort: { cohortId, cohortName, createdAt: startedAt },
    lockHolderRunId,
    store,
  }).catch((error: unknown) => {
    state.settle(settleMsAfter(error));
    throw error;
  });
  state.settle(named.settleMs);
  return named.warnings;
}

async function send(
  input: unknown,
  from: Omit<Sending, 'runId' | 'stage' | 'pause'>,
  lockHolderRunId: string,
  state: ExportState,
  pausing: Pausing,
): Promise<ExportReport> {
  const { request, staged, startedAt } = from;
  const lanes = Math.min(request.threadCount, countChunks(staged.chunks));
  const note = `${request.operation} with ${lanes} concurrent ${lanes === 1 ? 'request' : 'requests'}`;
  const isLong = () => workflowInfo().continueAsNewSuggested;
  const work = async () => {
    state.enter('sending', note);
    await sendChunks({
      request,
      staged,
      lockHolderRunId,
      from: state.sent,
      identifiersOf: (index) => state.identifiersOfChunk(index),
      onBegin: (index, before) => state.beginChunk(index, before),
      onChunk: (index, sent, done) => state.addChunk(index, sent, done),
      onSettling: (settleMs) => state.settle(settleMs),
      shouldStop: isLong,
    });
  };
  await pausing.run(request, work, isLong);
  if (state.sent.chunks < countChunks(staged.chunks)) {
    await pausing.settled();
    const { current: pause } = pausing;
    return await continueWith(input, { ...from, stage: 'sending', sent: state.sent, pause });
  }
  const refusal = allRefused(request.destination, state.sent);
  if (refusal !== null) throw failureOf(refusal);
  const report = state.report(request, startedAt, scheduledTimeOf());
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

async function release(cohort: CohortKey, { settleMs, staged }: ExportState): Promise<void> {
  const { firstExecutionRunId: exportRunId } = workflowInfo();
  // First: a signal is sent when its workflow task ends, and the task waits for local activities.
  await CancellationScope.nonCancellable(() => releaseLock(cohort, settleMs));
  await bestEffort("staged rows were not removed; a worker's clean-up will remove them", () =>
    runActivity('cleanUp', 'remove the staged rows', { exportRunId, store: staged?.store ?? null }),
  );
}
