import { type Client, WorkflowContinuedAsNewError, WorkflowFailedError } from '@temporalio/client';
import { TerminatedFailure, TimeoutFailure, WorkflowNotFoundError } from '@temporalio/common';
import type { ExportId, ExportRun, RunEnd } from '../domain/cohort-lock-messages.ts';

/** Temporal's status of an export or of one of its runs, such as `RUNNING` or `TERMINATED`. */
export type ExportStatus =
  | { readonly known: true; readonly status: string }
  /** Temporal does not keep it any more, or its workflow id is another export's now. */
  | { readonly known: false };

/** Whether a run with this status may go on: one that Temporal's own pause holds does so later. */
export function isOpen(status: string): boolean {
  return status === 'RUNNING' || status === 'PAUSED';
}

/** The status of an export's latest run, whatever became of those before it. */
async function describeExport(
  client: Client,
  { workflowId, exportRunId }: ExportId,
): Promise<ExportStatus> {
  try {
    const latest = await client.workflow.getHandle(workflowId).describe();
    const { firstRunId } = latest.raw.workflowExecutionInfo ?? {};
    return firstRunId === exportRunId
      ? { known: true, status: latest.status.name }
      : { known: false };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { known: false };
    throw error;
  }
}

/** A new Temporal server does not know the old exports, nor one that is just starting. */
const UNKNOWN_EXPORT_KEPT_MS = 24 * 60 * 60 * 1000;

/** Whether an export may still need what it staged so long ago. */
export async function mayBeOpen(
  client: Client,
  { ageMs, ...owner }: ExportId & { readonly ageMs: number },
): Promise<boolean> {
  const found = await describeExport(client, owner);
  return found.known ? isOpen(found.status) : ageMs < UNKNOWN_EXPORT_KEPT_MS;
}

/** The status of a run, or where it continued as new, of the run that it came to at last. */
export async function describeRun(
  client: Client,
  { workflowId, runId: from }: ExportRun,
): Promise<ExportStatus> {
  try {
    for (let runId = from; ; ) {
      const { status } = await client.workflow.getHandle(workflowId, runId).describe();
      if (status.name !== 'CONTINUED_AS_NEW') return { known: true, status: status.name };
      runId = await continuationOf(client, workflowId, runId);
    }
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { known: false };
    throw error;
  }
}

/** How a run with this status ended; `null` while it runs. */
export function endOf(now: ExportStatus): RunEnd | null {
  if (now.known && isOpen(now.status)) return null;
  return { abrupt: !now.known || now.status === 'TERMINATED' || now.status === 'TIMED_OUT' };
}

/** How long one request may wait for an end; the SDK cannot abort one. */
const LONG_POLL_MS = 5_000;

/**
 * How the run ended, with those that it continued as, by long polls; `null` where it still runs after
 * `waitMs`, or when the signal is aborted. Does not follow a cron workflow into its next run.
 */
export async function waitForEnd(
  client: Client,
  holder: ExportRun,
  { waitMs, signal }: { readonly waitMs: number; readonly signal: AbortSignal },
): Promise<RunEnd | null> {
  const aborted = Promise.withResolvers<null>();
  const onAbort = () => aborted.resolve(null);
  signal.addEventListener('abort', onAbort, { once: true });
  // A listener left behind would keep the signal, which derives from one that lives as long as the worker.
  using _ = { [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort) };
  const until = performance.now() + waitMs;
  for (let { runId } = holder; !signal.aborted && performance.now() < until; ) {
    const pollMs = Math.min(until - performance.now(), LONG_POLL_MS);
    const poll = pollForEnd(client, { ...holder, runId }, pollMs);
    const found = await Promise.race([poll, aborted.promise]);
    if (found === null) continue;
    if ('abrupt' in found) return found;
    runId = found.continuedAs;
  }
  return null;
}

/** `null` where the run still goes on after `pollMs`. */
async function pollForEnd(
  client: Client,
  { workflowId, runId }: ExportRun,
  pollMs: number,
): Promise<RunEnd | { readonly continuedAs: string } | null> {
  const until = performance.now() + pollMs;
  try {
    const run = client.workflow.getHandle(workflowId, runId, { followRuns: false });
    await client.withDeadline(Date.now() + pollMs, () => run.result());
    return { abrupt: false };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { abrupt: true };
    if (error instanceof WorkflowContinuedAsNewError)
      return { continuedAs: error.newExecutionRunId };
    if (error instanceof WorkflowFailedError) return failedEnd(error);
    if (performance.now() >= until) return null;
    throw error;
  }
}

function failedEnd({ cause }: WorkflowFailedError): RunEnd {
  return { abrupt: cause instanceof TerminatedFailure || cause instanceof TimeoutFailure };
}

/** Only the last event of a run's history names the next one. */
async function continuationOf(client: Client, workflowId: string, runId: string): Promise<string> {
  try {
    await client.workflow.getHandle(workflowId, runId, { followRuns: false }).result();
  } catch (error) {
    if (error instanceof WorkflowContinuedAsNewError) return error.newExecutionRunId;
    throw error;
  }
  throw new TypeError('a run that continued as new has no result');
}
