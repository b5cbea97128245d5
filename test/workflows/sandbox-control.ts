import type { Sandbox } from '../../sandbox/server.ts';

/** Of all exports, or of those of one cohort. */
export interface Traffic {
  readonly requests: number;
  readonly inFlight: number;
  readonly maxInFlight: number;
}

interface Stats extends Traffic {
  readonly byStatus: Readonly<Record<string, number>>;
  readonly cohorts: Readonly<Record<string, Traffic>>;
}

/** A request to Braze, as the sandbox logs it. */
interface LoggedRequest {
  /** ISO 8601. */
  readonly at: string;
  readonly path: string;
  readonly status: number | null;
  readonly cohortId: string | null;
  readonly identifiers: { readonly userIds: number };
  readonly warnings: readonly string[];
  readonly durationMs: number;
}

export interface Members {
  readonly userIds: string[];
  readonly deviceIds: string[];
  readonly aliases: { alias_label: string; alias_name: string }[];
}

export const NOBODY: Members = { userIds: [], deviceIds: [], aliases: [] };

const NO_TRAFFIC: Traffic = { requests: 0, inFlight: 0, maxInFlight: 0 };

/** A sandbox as tests see and steer it. Whatever it refuses is an error. */
export class SandboxControl {
  readonly #url: string;

  constructor({ url }: Pick<Sandbox, 'url'>) {
    this.#url = url;
  }

  async send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}/sandbox/${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  async fault(...faults: object[]): Promise<void> {
    for (const fault of faults) await this.send('POST', 'faults', fault);
  }

  /** Gives the requests for a cohort that hang their responses. */
  async answerHanging(cohortId: string): Promise<void> {
    await this.send('DELETE', `hanging/${encodeURIComponent(cohortId)}`);
  }

  /** Takes back the faults for a cohort that are still to come. */
  async endFaults(cohortId: string): Promise<void> {
    await this.send('DELETE', `faults?${new URLSearchParams({ cohortId })}`);
  }

  /** Takes back the faults that are still to come, and forgets what happened. */
  async reset(): Promise<void> {
    for (const what of ['faults', 'cohorts', 'stats', 'rate-limit', 'refused'])
      await this.send('DELETE', what);
  }

  stats = () => this.send<Stats>('GET', 'stats');

  async traffic(cohortId: string): Promise<Traffic> {
    return (await this.stats()).cohorts[cohortId] ?? NO_TRAFFIC;
  }

  async requestsFor(cohortId: string): Promise<number> {
    return (await this.traffic(cohortId)).requests;
  }

  membersOf(cohortId: string): Promise<Members> {
    return this.send('GET', `cohorts/${encodeURIComponent(cohortId)}/members`);
  }

  /** The last 200 requests to Braze that have ended, the newest first. */
  log = () => this.send<LoggedRequest[]>('GET', 'requests');

  /** @throws Error where a request was such as a good client does not send */
  async requireNoWarnings(): Promise<void> {
    const warned = (await this.log()).filter(({ warnings }) => warnings.length > 0);
    if (warned.length === 0) return;
    const [{ path, warnings } = { path: '', warnings: [] }] = warned;
    throw new Error(
      `The sandbox warned of ${warned.length} requests of the exporter: ${path}: ${warnings.join(', ')}`,
    );
  }
}

/** `user-0`, `user-1` and so on, sorted as the sandbox sorts them. */
export function userNames(count: number, prefix = 'user-'): string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}${i}`).sort();
}
