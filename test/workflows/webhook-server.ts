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
}

/** Someone who listens for notifications; `hangs` takes them and never answers. */
export async function startWebhook({ hangs = false } = {}): Promise<WebhookServer> {
  const bodies: string[] = [];
  const server = await startServer(async (request, response) => {
    bodies.push(await text(request));
    if (!hangs) response.end('ok');
  });
  return {
    url: `${server.url}/hook/secret-path`,
    bodies,
    posted: () => bodies.map((body) => JSON.parse(body) as Posted),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
