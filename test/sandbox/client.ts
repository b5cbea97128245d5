import { type Sandbox, type SandboxOptions, startSandbox } from '../../sandbox/server.ts';

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

/** A client of a sandbox of its own, for one test. */
export interface Client {
  readonly sandbox: Sandbox;
  /** POSTs to `/partners/NAME` + path; the keys are added unless `body` has its own. */
  braze(path: '/cohorts' | '/cohorts/users', body: object): Promise<Answer>;
  /** Names a cohort. */
  name(cohortId: string, name?: string): Promise<Answer>;
  /** Changes the members of a cohort. */
  change(cohortId: string, ...cohort_changes: object[]): Promise<Answer>;
  send(
    method: string,
    path: string,
    body?: string | Uint8Array | ReadableStream,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Calls `/sandbox` + path and gives the JSON of the answer, which has to be a success. */
  control<T = unknown>(method: string, path: string, body?: unknown): Promise<T>;
  members(cohortId: string): Promise<unknown>;
}

export async function withSandbox(
  options: SandboxOptions,
  test: (client: Client) => Promise<void>,
): Promise<void> {
  const sandbox = await startSandbox(options);
  try {
    await test(createClient(sandbox));
  } finally {
    await sandbox.close();
  }
}

export const CREATED_AT = '2026-01-21T19:20:30+05:00';

function createClient(sandbox: Sandbox): Client {
  const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
  const keys = { partner_api_key: partnerApiKey, client_secret: dataImportKey };
  const client: Client = {
    sandbox,
    braze: (path, body) =>
      client.send('POST', `/partners/${partnerName}${path}`, JSON.stringify({ ...keys, ...body })),
    name: (cohort_id, name = 'A name') =>
      client.braze('/cohorts', { cohort_id, name, created_at: CREATED_AT }),
    change: (cohort_id, ...cohort_changes) =>
      client.braze('/cohorts/users', { cohort_id, cohort_changes }),
    async send(method, path, body, headers = { 'content-type': 'application/json' }) {
      const init = { method, headers, body: body ?? null, duplex: 'half' as const };
      const response = await fetch(sandbox.url + path, init);
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.startsWith('application/json');
      return {
        status: response.status,
        headers: response.headers,
        body: isJson ? JSON.parse(text) : text,
      };
    },
    async control<T>(method: string, path: string, body?: unknown) {
      const json = body === undefined ? undefined : JSON.stringify(body);
      const answer = await client.send(method, `/sandbox${path}`, json);
      if (answer.status >= 300) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`);
      return answer.body as T;
    },
    members: (cohortId) =>
      client.control('GET', `/cohorts/${encodeURIComponent(cohortId)}/members`),
  };
  return client;
}

/** `count` different identifiers. */
export function ids(count: number, prefix = 'user-'): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index}`);
}
