import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

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
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const part of request) text += part;
    bodies.push(text);
    if (!hangs) response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/hook/secret-path`,
    bodies,
    posted: () => bodies.map((body) => JSON.parse(body) as Posted),
    [Symbol.asyncDispose]: async () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
