import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type History, historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { defineUpdate } from '@temporalio/workflow';
import type { ExportReport } from '../../src/domain/report.ts';
import { isOpen } from '../../src/temporal/export-status.ts';
import { eventually } from '../support/wait.ts';
import { timeOf } from '../workflows/history-facts.ts';
import type { EndedExport } from './expected-members.ts';
import type { Interference, PlannedExport } from './plan.ts';

/** The histories of exports with a problem. */
const KEPT_IN = join(import.meta.dirname, '../../var/soak');
const POLL_MS = 500;
const PAUSED_FOR_MS = 2_000;
/** Of a request that a restart of Temporal interrupts. */
const PATIENCE_MS = 60_000;
/** The first activity of an export that needs its lock. */
const UNDER_LOCK = ['startQuery', 'stageRows'];
const MEMBERS_OF_A_REQUEST = 1_000;

type Handle = WorkflowHandle<() => Promise<ExportReport>>;

interface RunningExport {
  readonly planned: PlannedExport;
  readonly handle: Handle;
}

export interface FollowedExport extends EndedExport {
  readonly workflowId: string;
  /** `completed`, `cancelled`, `terminated`, or the type of its failure. */
  readonly how: string;
  /** When it had the lock, in epoch milliseconds; `null` where it never had. */
  readonly lockedAt: number | null;
  /** What is wrong with it, or `null`. */
  readonly problem: string | null;
}

type Start = (planned: PlannedExport, workflowId: string) => Promise<Handle>;

/** The exports of a soak: started, interfered with and followed to their ends. */
export class SoakExports {
  readonly ended: FollowedExport[] = [];
  readonly interferences: Record<string, number> = {};
  readonly #running = new Set<RunningExport>();
  readonly #start: Start;

  /** @param start may be called again where it failed */
  constructor(start: Start) {
    this.#start = start;
  }

  get running(): readonly string[] {
    return [...this.#running].map(({ handle }) => handle.workflowId);
  }

  /** Keeps `atOnce` exports running until the plan is done or the time is over. */
  async runAll(
    planned: readonly PlannedExport[],
    atOnce: number,
    over: AbortSignal,
  ): Promise<void> {
    for (const [index, each] of planned.entries()) {
      while (this.#running.size >= atOnce && !over.aborted) await this.#look();
      if (over.aborted) return;
      const handle = await eventually(() => this.#start(each, `soak-${index}`), PATIENCE_MS);
      this.#running.add({ planned: each, handle });
    }
  }

  /** Until all have ended, at most for so long. */
  async drain(ms: number): Promise<void> {
    const over = AbortSignal.timeout(ms);
    while (this.#running.size > 0 && !over.aborted) await this.#look();
  }

  /** Does something to one that runs, where it is still possible. */
  async interfere({ what, who }: Interference): Promise<void> {
    const victim = [...this.#running][Math.floor(who * this.#running.size)];
    if (victim === undefined) return;
    const { handle } = victim;
    try {
      if (what === 'cancel') await handle.cancel();
      else if (what === 'terminate') await handle.terminate();
      else await this.#pause(handle);
      this.interferences[what] = (this.interferences[what] ?? 0) + 1;
    } catch {
      // It has just ended, is not in a stage that can be paused, or Temporal is down.
    }
  }

  async #pause(handle: Handle): Promise<void> {
    await handle.executeUpdate(defineUpdate<string>('pause'));
    await delay(PAUSED_FOR_MS);
    await eventually(async () => {
      // Cancelled or terminated while it was paused.
      if (await hasEnded(handle)) return;
      await handle.executeUpdate(defineUpdate<string>('resume'));
    }, PATIENCE_MS);
  }

  async #look(): Promise<void> {
    await delay(POLL_MS);
    for (const running of [...this.#running]) {
      const ended = await hasEnded(running.handle);
      if (!ended) continue;
      this.ended.push(await eventually(() => follow(running), PATIENCE_MS));
      this.#running.delete(running);
    }
  }
}

async function hasEnded(handle: Handle): Promise<boolean> {
  try {
    return !isOpen((await handle.describe()).status.name);
  } catch {
    // Temporal is down; it is asked again.
    return false;
  }
}

async function follow({ planned, handle }: RunningExport): Promise<FollowedExport> {
  const history = await handle.fetchHistory();
  const first = history.events?.find(({ activityTaskScheduledEventAttributes: scheduled }) =>
    UNDER_LOCK.includes(scheduled?.activityType?.name ?? ''),
  );
  const outcome = await outcomeOf(planned, handle);
  if (outcome.problem !== null) await keepHistory(handle.workflowId, history);
  return {
    ...planned,
    ...outcome,
    workflowId: handle.workflowId,
    lockedAt: first === undefined ? null : timeOf(first),
  };
}

/** Its Temporal ends with the soak. */
async function keepHistory(workflowId: string, history: History): Promise<void> {
  await mkdir(KEPT_IN, { recursive: true });
  await writeFile(join(KEPT_IN, `${workflowId}.json`), historyToJSON(history));
}

async function outcomeOf(planned: PlannedExport, handle: Handle) {
  const { status } = await handle.describe();
  if (status.name !== 'COMPLETED' && status.name !== 'FAILED') {
    return { how: status.name.toLowerCase(), isComplete: false, problem: null };
  }
  try {
    const report = await handle.result();
    return { how: 'completed', isComplete: true, problem: problemOf(planned, report) };
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
    const { cause } = error;
    const how = cause instanceof ApplicationFailure ? (cause.type ?? 'unknown') : 'unknown';
    // Three workers were killed while it staged: by its rules it gives up.
    const isFair =
      how === 'StagingFailed' && `${cause?.message}`.includes('lost with their worker');
    const problem = isFair ? null : `it failed with ${how}: ${cause?.message}`;
    return { how, isComplete: false, problem };
  }
}

function problemOf({ from, to }: PlannedExport, report: ExportReport): string | null {
  const users = to - from;
  const { identifiers, requests } = report;
  if (identifiers.sent !== users) return `it reports ${identifiers.sent} of ${users} as sent`;
  const least = Math.ceil(users / MEMBERS_OF_A_REQUEST);
  if (requests.accepted !== least) return `it reports ${requests.accepted} requests of ${least}`;
  return null;
}
