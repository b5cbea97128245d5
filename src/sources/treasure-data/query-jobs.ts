import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { ExportError } from '../../domain/failures.ts';
import { didYouMean } from '../../domain/nearest.ts';
import type { GiveUp } from '../../domain/retry.ts';
import type { QueryJob, QueryJobs, QueryRun } from '../../domain/source-port.ts';
import type { HttpResponse } from '../../http/exchange.ts';
import { parseJson } from '../../http/parse-json.ts';
import type { TreasureDataApi } from './api.ts';
import type { TreasureDataSpec } from './input.ts';
import { jobFailed, jobKilled, noSuchJob } from './job-failed.ts';
import {
  anything,
  conflict,
  issuedJob,
  jobDetails,
  jobOfKey,
  jobStatus,
  outcomeOf,
  savedQueries,
  startedJobs,
} from './response-schemas.ts';

/** As Treasure Data's own digdag polls: 1 s, doubling to 30 s. */
const FIRST_POLL_MS = 1_000;
const LONGEST_POLL_MS = 30_000;
/** A cancel waits as long for a job whose start had no response. */
const LATE_START_MS = [1_000, 2_000, 4_000];
const GIVE_UP: GiveUp = { afterMs: 6 * 60 * 60 * 1000, setting: null };

/** The jobs of one connection to Treasure Data. */
export class TreasureDataJobs implements QueryJobs {
  readonly giveUp = GIVE_UP;
  readonly #api: TreasureDataApi;
  readonly #wait: (ms: number, signal: AbortSignal) => Promise<unknown>;

  /** @param wait for tests */
  constructor(
    api: TreasureDataApi,
    wait = (ms: number, signal: AbortSignal): Promise<unknown> => delay(ms, undefined, { signal }),
  ) {
    this.#api = api;
    this.#wait = wait;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#api[Symbol.asyncDispose]();
  }

  async start(source: TreasureDataSpec, run: QueryRun, signal: AbortSignal): Promise<QueryJob> {
    if ('jobId' in source) return { jobId: source.jobId };
    if ('savedQuery' in source) return await this.#runSavedQuery(source.savedQuery, run, signal);
    const { database, engine, query, priority, retryLimit, poolName, engineVersion } = source;
    const form = {
      query,
      ...(priority === undefined ? {} : { priority: String(priority) }),
      ...(retryLimit === undefined ? {} : { retry_limit: String(retryLimit) }),
      ...(poolName === undefined ? {} : { pool_name: poolName }),
      ...(engineVersion === undefined ? {} : { engine_version: engineVersion }),
      scheduled_time: String(epochSeconds(run)),
      domain_key: domainKey(run),
    };
    const path = `/v3/job/issue/${engine}/${encodeURIComponent(database)}`;
    const call = { method: 'POST', path, form, signal } as const;
    const issued = await this.#api.callExpecting([409], call, issuedJob);
    if ('response' in issued) return jobThatHasTheKey(issued.response);
    return { jobId: issued.value.job_id };
  }

  /** Resolves when the job has succeeded. */
  async wait({ jobId }: QueryJob, signal: AbortSignal, onUnderWay: () => void): Promise<void> {
    const path = `/v3/job/status/${encodeURIComponent(jobId)}`;
    for (let pause = FIRST_POLL_MS; ; pause = Math.min(pause * 2, LONGEST_POLL_MS)) {
      const call = { method: 'GET', path, signal } as const;
      const polled = await this.#api.callExpecting([404], call, jobStatus);
      if ('response' in polled) throw noSuchJob(jobId, this.#api.connection);
      const outcome = outcomeOf(polled.value.status);
      if (outcome === 'success') return;
      if (outcome !== null) throw await this.#whyItEnded(jobId, outcome, signal);
      // Only here: else failures to learn why it ended would count as the first, again and again.
      onUnderWay();
      await this.#wait(pause, signal);
    }
  }

  /** Kills the job that `start` started for this run, if it is still running. */
  async stop(source: TreasureDataSpec, run: QueryRun, signal: AbortSignal): Promise<void> {
    if ('jobId' in source) return;
    const key = encodeURIComponent(domainKey(run));
    const find = { method: 'GET', path: `/v3/job/status_by_domain_key/${key}`, signal } as const;
    let found = await this.#api.callExpecting([404], find, jobOfKey);
    // The request that started it may still be on its way.
    for (const pause of LATE_START_MS) {
      if ('value' in found) break;
      await this.#wait(pause, signal);
      found = await this.#api.callExpecting([404], find, jobOfKey);
    }
    if ('response' in found || outcomeOf(found.value.status) !== null) return;
    const path = `/v3/job/kill/${encodeURIComponent(found.value.job_id)}`;
    await this.#api.call({ method: 'POST', path, form: {}, signal }, anything);
  }

  async #runSavedQuery(name: string, run: QueryRun, signal: AbortSignal): Promise<QueryJob> {
    const path = `/v3/schedule/run/${encodeURIComponent(name)}/${epochSeconds(run)}?num=1`;
    const form = { domain_key: domainKey(run) };
    const call = { method: 'POST', path, form, signal } as const;
    const started = await this.#api.callExpecting([404, 409], call, startedJobs);
    if ('response' in started) {
      if (started.response.status === 409) return jobThatHasTheKey(started.response);
      throw await this.#noSuchSavedQuery(name, signal);
    }
    const [job] = started.value.jobs;
    if (job !== undefined) return { jobId: job.job_id };
    throw new ExportError(
      'QueryFailed',
      `Treasure Data did not start a job for the saved query "${name}". Run it once in Treasure Data's console to see why.`,
    );
  }

  async #noSuchSavedQuery(name: string, signal: AbortSignal): Promise<ExportError> {
    const { connection } = this.#api;
    // Without the list there is no hint, but the failure is the same.
    const { schedules } = await this.#api
      .call({ method: 'GET', path: '/v3/schedule/list', signal }, savedQueries)
      .catch(() => ({ schedules: [] }));
    signal.throwIfAborted();
    const names = schedules.map((schedule) => schedule.name);
    const hint = didYouMean(name, names);
    return new ExportError(
      'QueryFailed',
      `Treasure Data has no saved query "${name}" for the connection "${connection.name}"${hint}. Check the name, and that its owner has shared it with the user of the key.`,
    );
  }

  async #whyItEnded(jobId: string, outcome: 'error' | 'killed', signal: AbortSignal) {
    const path = `/v3/job/show/${encodeURIComponent(jobId)}`;
    const job = await this.#api.call({ method: 'GET', path, signal }, jobDetails);
    return outcome === 'killed'
      ? jobKilled(jobId, job)
      : jobFailed(jobId, job, this.#api.connection);
  }
}

function jobThatHasTheKey({ text }: HttpResponse): QueryJob {
  const found = conflict.safeParse(parseJson(text));
  if (found.success) return { jobId: found.data.details.conflicts_with };
  throw new ExportError(
    'SourceUnavailable',
    'Treasure Data reports that this run has already started its query (409), but not as which job.',
    'backoff',
  );
}

/** The same for each attempt to start a run's query: Treasure Data starts one job for a key. */
function domainKey({ namespace, workflowId, runId }: QueryRun): string {
  const run = JSON.stringify([namespace, workflowId, runId]);
  return `cohort-export-${createHash('sha256').update(run).digest('hex')}`;
}

function epochSeconds({ scheduledTime }: QueryRun): number {
  return Math.floor(Date.parse(scheduledTime) / 1000);
}
