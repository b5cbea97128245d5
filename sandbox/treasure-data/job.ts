import type { JobResult } from './job-result.ts';

export const ENGINES = ['trino', 'presto', 'hive'] as const;
export type Engine = (typeof ENGINES)[number];
export type JobStatus = 'queued' | 'booting' | 'running' | 'success' | 'error' | 'killed';

/** What a job was issued with. */
export interface JobRequest {
  readonly type: Engine;
  readonly database: string;
  readonly query: string;
  readonly priority: number;
  readonly retryLimit: number;
  readonly poolName: string | null;
  readonly engineVersion: string | null;
  /** Seconds since the epoch; `null` is the time of the issue. */
  readonly scheduledTime: number | null;
  readonly domainKey: string | null;
  /** The name of the saved query that it came from. */
  readonly savedQuery: string | null;
}

export class Job {
  readonly id: number;
  readonly request: JobRequest;
  readonly createdAt = new Date();
  #updatedAt = this.createdAt;
  #startAt: Date | null = null;
  #endAt: Date | null = null;
  #status: JobStatus = 'queued';
  #result: JobResult | null = null;
  #isExpired = false;
  #stderr: string | null = null;
  readonly #cmdout: string[] = [];
  readonly #abort = new AbortController();

  constructor(id: number, request: JobRequest) {
    this.id = id;
    this.request = request;
  }

  get status(): JobStatus {
    return this.#status;
  }

  get isFinished(): boolean {
    return this.#endAt !== null;
  }

  get updatedAt(): Date {
    return this.#updatedAt;
  }

  get startAt(): Date | null {
    return this.#startAt;
  }

  get endAt(): Date | null {
    return this.#endAt;
  }

  /** `null` unless the job succeeded with a statement that has rows, and they have not expired. */
  get result(): JobResult | null {
    return this.#isExpired ? null : this.#result;
  }

  /** The same, whether the rows are still there or not. */
  get schemaOfResult(): JobResult | null {
    return this.#result;
  }

  get cmdout(): string {
    return this.#cmdout.join('');
  }

  get stderr(): string | null {
    return this.#stderr;
  }

  /** Aborted when the job is killed. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Seconds since the epoch, as `TD_SCHEDULED_TIME()` has it. */
  get scheduledTime(): number {
    return this.request.scheduledTime ?? Math.floor(this.createdAt.getTime() / 1_000);
  }

  boot(): void {
    this.#enter('booting');
  }

  start(): void {
    this.#enter('running');
    this.#startAt = this.#updatedAt;
    this.#cmdout.push(
      `started at ${toSeconds(this.#startAt)}\n`,
      `executing query: ${this.request.query}\n`,
    );
  }

  succeed(result: JobResult | null): void {
    this.#result = result;
    this.#finish('success');
  }

  fail(stderr: string, cmdout: string | null = null): void {
    this.#stderr = stderr;
    if (cmdout !== null) this.#cmdout.splice(0, this.#cmdout.length, cmdout);
    this.#finish('error');
  }

  /** Nothing happens to a job that has ended. */
  kill(): void {
    if (this.isFinished) return;
    this.#finish('killed');
    this.#abort.abort();
  }

  /** As seven days after its end. */
  async expire(): Promise<void> {
    this.#isExpired = true;
    await this.#result?.remove();
  }

  #enter(status: JobStatus): void {
    this.#status = status;
    this.#updatedAt = new Date();
  }

  #finish(status: JobStatus): void {
    this.#enter(status);
    this.#endAt = this.#updatedAt;
    if (this.#startAt !== null) this.#cmdout.push(`finished at ${toSeconds(this.#endAt)}\n`);
  }
}

function toSeconds(time: Date): string {
  return time.toISOString().replace(/\.\d+Z$/, 'Z');
}
