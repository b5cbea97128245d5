import { fileURLToPath } from 'node:url';
import type { Stats } from '../../sandbox/accounting.ts';
import type { FaultOrder } from '../../sandbox/fault-order.ts';
import type { RequestEntry } from '../../sandbox/requests-log.ts';
import type { SandboxAccess } from '../../sandbox/server.ts';
import { type NodeProcess, startNode } from './processes.ts';

const SANDBOX = fileURLToPath(new URL('../sandbox.ts', import.meta.url));

/** Starts a sandbox in a process of its own, on a free port; `data` is an empty directory for it. */
export async function startSandboxProcess(
  cwd: string,
  data: string,
  latencyMs: number,
): Promise<[NodeProcess, SandboxAccess]> {
  const args = ['--port', '0', '--data', data, '--latency', String(latencyMs)];
  const process = startNode(SANDBOX, args, { cwd });
  const ready = await process.line((line) => line.startsWith('{'));
  return [process, JSON.parse(ready) as SandboxAccess];
}

/** The routes under `/sandbox` of a running sandbox. */
export class SandboxControl {
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
  }

  stats(): Promise<Stats> {
    return this.#call('GET', 'stats');
  }

  /** Requests to Braze of a cohort so far, its naming among them. */
  async requestsOf(cohortId: string): Promise<number> {
    return (await this.stats()).cohorts[cohortId]?.requests ?? 0;
  }

  /** The last requests for members of a cohort that have ended, the newest first. */
  async memberRequests(cohortId: string): Promise<RequestEntry[]> {
    const entries = await this.#call<RequestEntry[]>('GET', 'requests');
    return entries.filter((entry) => entry.cohortId === cohortId && entry.path.endsWith('/users'));
  }

  async order(fault: Partial<FaultOrder>): Promise<void> {
    await this.#call('POST', 'faults', fault);
  }

  async limitRate(limit: number, windowMs: number): Promise<void> {
    await this.#call('PUT', 'rate-limit', { limit, windowMs });
  }

  /** Jobs stay in this state; `null` lets them continue. */
  async holdJobs(hold: 'running' | null): Promise<void> {
    await this.#call('PUT', 'treasure-data', { hold });
  }

  async jobsInState(status: string): Promise<number> {
    const jobs = await this.#call<{ status: string }[]>('GET', 'treasure-data/jobs');
    return jobs.filter((job) => job.status === status).length;
  }

  /** Members of tens of millions would fill the sandbox's sets. */
  async forgetCohorts(): Promise<void> {
    await this.#call('DELETE', 'cohorts');
  }

  /** As it was started. */
  async reset(): Promise<void> {
    for (const path of ['faults', 'rate-limit', 'cohorts', 'stats']) {
      await this.#call('DELETE', path);
    }
    await this.holdJobs(null);
  }

  async #call<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.#url}/sandbox/${path}`, {
      method,
      ...(body && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} /sandbox/${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }
}
