import { text } from 'node:stream/consumers';
import { expect, it, onTestFinished } from 'vitest';
import { Braze } from '../../../src/destinations/braze/braze.ts';
import { requestFormat } from '../../../src/destinations/braze/request-format.ts';
import { startServer } from '../../support/servers.ts';

interface SentRequest {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

/** A connection to a server which takes everything, and what it was sent. */
async function connected(partnerApiKey: string | null) {
  const requests: SentRequest[] = [];
  const server = await startServer(async (request, response) => {
    const { method, url: path, headers } = request;
    requests.push({ method, path, headers, body: JSON.parse(await text(request)) });
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"message":"success"}');
  });
  const settings = {
    origin: server.url,
    partnerName: 'acme & co',
    partnerApiKey,
    dataImportKey: 'data-import-key',
    requestsPerHour: 250_000,
    giveUpAfterMs: 1_000,
    proxy: { httpProxy: null, httpsProxy: null, noProxy: null },
  };
  const braze = new Braze(settings, () => undefined);
  onTestFinished(async () => {
    await braze[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });
  const host = new URL(server.url).host;
  return { braze, requests, host };
}

const never = { signal: new AbortController().signal };
const cohort = { cohortId: 'vip', cohortName: 'VIP “1”', createdAt: '2026-11-21T12:00:00.000Z' };
const batch = {
  userIds: ['alice', '"bob"'],
  deviceIds: ['d-1'],
  aliases: [{ label: 'e-mail', names: ['a@example.com', 'ü@example.com'] }],
};
const payload = Buffer.from(requestFormat.encode(batch, 'REMOVE'));

/** The headers that say how a body is to be read; a body without a length would be another. */
function headersOf(host: string, body: string) {
  return {
    host,
    connection: 'keep-alive',
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
  };
}

it('names a cohort by this request', async () => {
  const { braze, requests, host } = await connected('partner-key');
  await braze.nameCohort(cohort, never);
  const body = {
    partner_api_key: 'partner-key',
    client_secret: 'data-import-key',
    cohort_id: 'vip',
    name: 'VIP “1”',
    created_at: '2026-11-21T12:00:00.000Z',
  };
  expect(requests).toEqual([
    {
      method: 'POST',
      path: '/partners/acme%20%26%20co/cohorts',
      headers: headersOf(host, JSON.stringify(body)),
      body,
    },
  ]);
});

it('changes members by this request', async () => {
  const { braze, requests, host } = await connected('partner-key');
  await braze.changeMembers('vip', payload, never);
  const body = {
    partner_api_key: 'partner-key',
    client_secret: 'data-import-key',
    cohort_id: 'vip',
    cohort_changes: [
      {
        user_ids: ['alice', '"bob"'],
        device_ids: ['d-1'],
        aliases: [
          { alias_name: 'a@example.com', alias_label: 'e-mail' },
          { alias_name: 'ü@example.com', alias_label: 'e-mail' },
        ],
        should_remove: true,
      },
    ],
  };
  expect(requests).toEqual([
    {
      method: 'POST',
      path: '/partners/acme%20%26%20co/cohorts/users',
      headers: headersOf(host, JSON.stringify(body)),
      body,
    },
  ]);
});

it('adds members without should_remove, and sends no partner key if none is configured', async () => {
  const { braze, requests } = await connected(null);
  const added = requestFormat.encode({ userIds: ['alice'], deviceIds: [], aliases: [] }, 'APPEND');
  await braze.nameCohort(cohort, never);
  await braze.changeMembers('vip', Buffer.from(added), never);
  expect(requests.map(({ body }) => body)).toEqual([
    {
      client_secret: 'data-import-key',
      cohort_id: 'vip',
      name: 'VIP “1”',
      created_at: '2026-11-21T12:00:00.000Z',
    },
    {
      client_secret: 'data-import-key',
      cohort_id: 'vip',
      cohort_changes: [{ user_ids: ['alice'] }],
    },
  ]);
});
