import { text } from 'node:stream/consumers';
import { startServer } from '../support/servers.ts';

/** What the worker posts of an event, as far as tests look at it. */
export interface Posted {
  readonly text: string;
  readonly event: string;
  readonly run: { readonly scheduleId: string | null; readonly workflowId: string };
}

export interface WebhookServer extends AsyncDisposable {
  readonly url: string;
  /** Each body that arrived, as it was sent. */
  readonly bodies: readonly string[];
  readonly posted: () => Posted[];
  /** From now on it takes notifications of a run and does not answer. */
  readonly hangFor: (workflowId: string) => void;
}

/** Someone who listens for notifications; `hangs` takes them and never answers. */
export async function startWebhook({ hangs = false } = {}): Promise<WebhookServer> {
  const bodies: string[] = [];
  const hanging = new Set<string>();
  const server = await startServer(async (request, response) => {
    const body = await text(request);
    bodies.push(body);
    const { run } = JSON.parse(body) as Posted;
    if (!hangs && !hanging.has(run.workflowId)) response.end('ok');
  });
  return {
    url: `${server.url}/hook/secret-path`,
    bodies,
    hangFor: (workflowId) => hanging.add(workflowId),
    posted: () => bodies.map((body) => JSON.parse(body) as Posted),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
