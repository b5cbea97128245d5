import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { decodeMulti } from '@msgpack/msgpack';
import type { SandboxOptions } from '../../sandbox/server.ts';
import { eventually } from '../support/wait.ts';
import { type Client, withSandbox } from './client.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** The body's JSON, or its text. */
  // biome-ignore lint/suspicious/noExplicitAny: what an answer holds is what a test is about
  readonly body: any;
}

/** A client of Treasure Data's API in a sandbox of its own, for one test. */
export interface TreasureDataClient extends Pick<Client, 'control' | 'sandbox'> {
  get(path: string, headers?: Record<string, string>): Promise<Answer>;
  /** A form, or JSON text with its content type. */
  post(
    path: string,
    body?: Record<string, string> | FormData | string,
    headers?: Record<string, string>,
  ): Promise<Answer>;
  /** Issues a job in database `d` and gives its id. */
  issue(query: string, parameters?: Record<string, string>, type?: string): Promise<string>;
  status(jobId: string): Promise<string>;
  /** `/v3/job/show` of a job once it has ended. */
  finished(jobId: string): Promise<Answer['body']>;
  /** Runs a query and gives its job and the rows of its msgpack.gz. */
  run(query: string, type?: string): Promise<{ job: Answer['body']; rows: unknown[][] }>;
}

export async function withTreasureData(
  options: SandboxOptions,
  test: (client: TreasureDataClient) => Promise<void>,
): Promise<void> {
  await withSandbox(options, (client) => test(createClient(client)));
}

/** A directory with these files for the time of one test. */
export async function withFiles(
  files: Readonly<Record<string, string | Uint8Array>>,
  test: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'sandbox-test-'));
  try {
    for (const [name, content] of Object.entries(files)) {
      await writeFile(join(directory, name), content);
    }
    await test(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** The rows of a msgpack.gz; 64-bit integers are bigint. */
export function rowsOf(gzip: Uint8Array): unknown[][] {
  return [...decodeMulti(gunzipSync(gzip), { useBigInt64: true })] as unknown[][];
}

function createClient({ control, sandbox }: Client): TreasureDataClient {
  const authorization = `TD1 ${sandbox.treasureData.apiKey}`;
  const call = async (path: string, init: RequestInit): Promise<Answer> => {
    const headers = { authorization, ...(init.headers as Record<string, string>) };
    const response = await fetch(`${sandbox.url}/v3${path}`, { ...init, headers });
    const bytes = Buffer.from(await response.arrayBuffer());
    const isJson = /json/.test(response.headers.get('content-type') ?? '');
    const lines = bytes.toString();
    const body = isJson && !path.startsWith('/job/result') ? JSON.parse(lines) : lines;
    return { status: response.status, headers: response.headers, bytes, body };
  };
  const client: TreasureDataClient = {
    control,
    sandbox,
    get: (path, headers = {}) => call(path, { headers }),
    post: (path, body = {}, headers = {}) => {
      const isForm = typeof body === 'string' || body instanceof FormData;
      return call(path, {
        method: 'POST',
        headers,
        body: isForm ? body : new URLSearchParams(body),
      });
    },
    async issue(query, parameters = {}, type = 'trino') {
      const answer = await client.post(`/job/issue/${type}/d`, { query, ...parameters });
      if (answer.status !== 200) throw new Error(`${answer.status}: ${answer.bytes}`);
      return answer.body.job_id;
    },
    status: async (jobId) => (await client.get(`/job/status/${jobId}`)).body.status,
    async finished(jobId) {
      return await eventually(async () => {
        const { body } = await client.get(`/job/show/${jobId}`);
        if (!['success', 'error', 'killed'].includes(body.status)) throw new Error(body.status);
        return body;
      });
    },
    async run(query, type = 'trino') {
      const id = await client.issue(query, {}, type);
      const job = await client.finished(id);
      if (job.status !== 'success') throw new Error(`${job.status}: ${job.debug.stderr}`);
      const { bytes } = await client.get(`/job/result/${id}?format=msgpack.gz`);
      return { job, rows: rowsOf(bytes) };
    },
  };
  return client;
}
