import type { WorkflowHandle } from '@temporalio/client';
import { expect } from 'vitest';
import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/server.ts';
import { eventually } from './eventually.ts';
import type { ExportEnvironment } from './export-environment.ts';
import { SandboxControl } from './sandbox-control.ts';

/** The table of Braze's page on the cohort import from Treasure Data. */
export const EXAMPLE_TABLE = [
  'external_id,email,device_ids',
  'TDCohort1,TDCohort1@gmail.com,1a2b3c',
  'TDCohort2,TDCohort2@gmail.com,4d5f6g',
  'TDCohort3,TDCohort3@gmail.com,7h8j9k',
  'TDCohort4,TDCohort4@gmail.com,1ab2cd',
  '',
].join('\n');

export interface JobOverview {
  readonly jobId: string;
  readonly status: string;
  readonly type: string;
  readonly database: string;
  readonly query: string;
  readonly priority: number;
  readonly retryLimit: number;
  readonly poolName: string | null;
  readonly engineVersion: string | null;
  readonly scheduledTime: number;
  readonly domainKey: string | null;
  readonly savedQuery: string | null;
}

export interface RequestEntry {
  /** ISO 8601. */
  readonly at: string;
  readonly route: string;
  readonly status: number | null;
  readonly jobId: string | null;
  readonly range: string | null;
  readonly fault: string | null;
}

/** Treasure Data in a sandbox: what it saw, and what it is told. */
export class TreasureData {
  readonly sandbox: Sandbox;
  readonly control: SandboxControl;

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
    this.control = new SandboxControl(sandbox);
  }

  /** One of its own, so that tests which hold jobs or lose answers run side by side. */
  static async start(options: SandboxOptions = {}): Promise<TreasureData> {
    return new TreasureData(await startSandbox(options));
  }

  /** Its line in the configuration. */
  connection(name: string, apiKey = this.sandbox.treasureData.apiKey): string {
    return `${name}: { endpoint: '${this.sandbox.url}', apiKey: '${apiKey}' }`;
  }

  /** As somebody else would issue a job: not by an export. */
  async issue(query: string): Promise<string> {
    const response = await fetch(`${this.sandbox.url}/v3/job/issue/trino/sample`, {
      method: 'POST',
      headers: { authorization: `TD1 ${this.sandbox.treasureData.apiKey}` },
      body: new URLSearchParams({ query }),
    });
    const { job_id: jobId } = (await response.json()) as { job_id: string };
    return jobId;
  }

  /** The id of a job that has succeeded. */
  async finished(query: string): Promise<string> {
    const jobId = await this.issue(query);
    await eventually(async () => expect((await this.job(jobId)).status).toBe('success'));
    return jobId;
  }

  jobs = () => this.control.send<JobOverview[]>('GET', 'treasure-data/jobs');

  async job(jobId: string): Promise<JobOverview> {
    const job = (await this.jobs()).find((each) => each.jobId === jobId);
    if (job === undefined) throw new Error(`there is no job ${jobId}`);
    return job;
  }

  /** The only one with this query. */
  async jobOf(query: string): Promise<JobOverview> {
    const jobs = (await this.jobs()).filter((job) => job.query === query);
    expect(jobs).toHaveLength(1);
    return jobs[0] as JobOverview;
  }

  /** In the order in which they came. */
  async requests(route: string, jobId?: string): Promise<RequestEntry[]> {
    const all = await this.control.send<RequestEntry[]>('GET', 'treasure-data/requests');
    return all
      .filter((each) => each.route === route && (jobId === undefined || each.jobId === jobId))
      .reverse();
  }

  /** Of the requests that have arrived, answered or not. */
  async count(route: string): Promise<number> {
    const { requests } = await this.control.send<{ requests: Record<string, number> }>(
      'GET',
      'treasure-data',
    );
    return requests[route] ?? 0;
  }

  /** No job leaves this state until it is `null` again. */
  async hold(state: 'running' | null): Promise<void> {
    await this.control.send('PUT', 'treasure-data', { hold: state });
  }
}

/** Waits until an export waits for its job, and resolves to that job's id. */
export async function queryingJob(
  exports: ExportEnvironment,
  handle: WorkflowHandle,
): Promise<string> {
  let jobId = '';
  await eventually(async () => {
    const { stage, note } = await exports.progress(handle);
    expect(stage).toBe('querying');
    expect(note).toMatch(/^waiting for job \d+$/);
    jobId = note.replace(/\D/g, '');
  });
  return jobId;
}
