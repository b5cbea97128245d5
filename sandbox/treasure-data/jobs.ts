import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ResultReturnType } from '@duckdb/node-api';
import type { JobFault } from '../fault-order.ts';
import type { Faults } from '../faults.ts';
import type { DataFiles } from './data-files.ts';
import { Job, type JobRequest } from './job.ts';
import { JobDatabase } from './job-database.ts';
import { type JobResult, writeResult } from './job-result.ts';
import type { JobTimes } from './job-times.ts';

// Trino's limit and message; Hive has no limit.
const MAX_QUERY_CHARACTERS = 1_000_000;

/** All jobs since the start. Each runs as soon as it was issued, beside the others. */
export class Jobs {
  readonly #files: DataFiles;
  readonly #times: JobTimes;
  readonly #faults: Faults;
  readonly #jobs = new Map<number, Job>();
  readonly #byDomainKey = new Map<string, Job>();
  readonly #runs = new Set<Promise<void>>();
  #directory: Promise<string> | null = null;
  /** As large as real ones, and never those of a sandbox that ran before on the same port. */
  #nextId = Math.floor(Date.now() / 1_000);

  constructor(files: DataFiles, times: JobTimes, faults: Faults) {
    this.#files = files;
    this.#times = times;
    this.#faults = faults;
  }

  /** The new job, or the one that has its domain key. */
  issue(request: JobRequest): { job: Job } | { conflict: Job } {
    const { domainKey } = request;
    const conflict = domainKey === null ? undefined : this.#byDomainKey.get(domainKey);
    if (conflict !== undefined) return { conflict };
    const job = new Job(this.#nextId, request);
    this.#nextId += 1;
    this.#jobs.set(job.id, job);
    if (domainKey !== null) this.#byDomainKey.set(domainKey, job);
    const run = this.#run(job, this.#faults.takeForJob());
    this.#runs.add(run);
    void run.finally(() => this.#runs.delete(run));
    return { job };
  }

  get(id: string): Job | undefined {
    return /^\d{1,15}$/.test(id) ? this.#jobs.get(Number(id)) : undefined;
  }

  withDomainKey(domainKey: string): Job | undefined {
    return this.#byDomainKey.get(domainKey);
  }

  /** As the real ones, a job may continue for a while, and even succeed before it is killed. */
  kill(job: Job): void {
    const { killMs } = this.#times.settings;
    if (killMs === 0) job.kill();
    else setTimeout(() => job.kill(), killMs).unref();
  }

  newestFirst(): Job[] {
    return [...this.#jobs.values()].reverse();
  }

  /** Kills what runs, and removes all results. */
  async close(): Promise<void> {
    for (const job of this.#jobs.values()) job.kill();
    await Promise.all(this.#runs);
    if (this.#directory !== null) await rm(await this.#directory, { recursive: true, force: true });
  }

  async #run(job: Job, fault: JobFault | null): Promise<void> {
    const { signal } = job;
    try {
      await this.#times.pass('queued', signal);
      job.boot();
      await this.#times.pass('booting', signal);
      job.start();
      const work = fault === null ? this.#execute(job) : null;
      const [outcome, passed] = await Promise.allSettled([
        work,
        this.#times.pass('running', signal),
      ]);
      if (passed.status === 'rejected') throw passed.reason;
      if (outcome.status === 'rejected') throw outcome.reason;
      if (fault?.kind === 'kill') job.kill();
      else if (fault?.kind === 'fail') job.fail(fault.stderr, fault.cmdout);
      else job.succeed(outcome.value);
    } catch (error) {
      // What ends a killed job is not its own failure.
      if (!signal.aborted) job.fail((error as Error).message);
    }
  }

  async #execute({ id, request, signal, scheduledTime }: Job): Promise<JobResult | null> {
    const { type, query, database } = request;
    if (type !== 'hive' && query.length > MAX_QUERY_CHARACTERS) {
      throw new Error(
        `Query text length (${query.length}) exceeds the maximum length (${MAX_QUERY_CHARACTERS})`,
      );
    }
    this.#directory ??= mkdtemp(join(tmpdir(), 'cohort-export-sandbox-'));
    const directory = join(await this.#directory, String(id));
    const scratch = join(directory, 'scratch');
    await mkdir(scratch, { recursive: true, mode: 0o700 });
    const files = this.#files.mentionedIn(query);
    const settings = { database, files, scratch, scheduledTime, signal };
    const jobDatabase = await JobDatabase.open(settings);
    try {
      const result = await jobDatabase.run(query);
      if (result.returnType !== ResultReturnType.QUERY_RESULT) return null;
      return await writeResult(directory, result, jobDatabase.chunks(query, result));
    } finally {
      jobDatabase.close();
      await rm(scratch, { recursive: true, force: true });
    }
  }
}
