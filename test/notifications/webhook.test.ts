import { json } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NotificationError } from '../../src/domain/notification-error.ts';
import type { RunEvent } from '../../src/domain/run-events.ts';
import { Webhook } from '../../src/notifications/webhook.ts';
import { startProxy } from '../support/proxy.ts';
import { startServer, type TestServer } from '../support/servers.ts';

const run = {
  namespace: 'default',
  workflowId: 'vip-daily-2026-11-22T03:00:00Z',
  runId: 'r',
  scheduleId: 'vip-daily',
  cohortId: 'vip',
  destination: 'braze',
  connection: 'main',
  operation: 'APPEND',
};
const failed: RunEvent = {
  event: 'failed',
  run,
  failure: { type: 'MissingColumns', message: 'It has "a" & <b>.' },
  streak: { failures: 2, since: '2026-11-21T03:00:00.000Z', last: 'x', paused: false },
  pauseAfterFailures: 3,
};
const AT = '2026-11-22T03:00:05.000Z';
const { signal } = new AbortController();

let server: TestServer;
let webhook: Webhook;
let posted: { headers: Record<string, unknown>; body: Record<string, unknown> }[];
let status: number;
beforeEach(async () => {
  posted = [];
  status = 200;
  server = await startServer(async (request, response) => {
    const body = (await json(request)) as Record<string, unknown>;
    posted.push({ headers: request.headers, body });
    response.writeHead(status).end('ok');
  });
  webhook = new Webhook({
    webhookUrl: `${server.url}/services/T0/B0/secret?x=1`,
    degradedAbove: 0.1,
    proxy: { httpProxy: null, httpsProxy: null, noProxy: null },
  });
});
afterEach(async () => {
  await webhook[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

describe('a webhook', () => {
  it('gets a JSON body whose text Slack shows as it is', async () => {
    await webhook.send(failed, AT, signal);
    expect(posted).toHaveLength(1);
    expect(posted[0]?.headers['content-type']).toBe('application/json');
    expect(posted[0]?.body).toEqual({
      text: 'The export vip-daily-2026-11-22T03:00:00Z to cohort vip failed with MissingColumns: It has "a" &amp; &lt;b&gt;. Consecutive failure 2 since 2026-11-21T03:00:00.000Z; the schedule is paused after 3.',
      at: AT,
      ...failed,
    });
  });

  it('is not told a count for a failure that does not count', async () => {
    const passing = { type: 'BrazeUnavailable', message: 'No response from Braze.' };
    await webhook.send({ ...failed, failure: passing }, AT, signal);
    expect(posted[0]?.body.text).toMatch(/No response from Braze\.$/);
  });

  it.each([
    [
      { event: 'degraded', run, rows: { read: 200, accepted: 150, rejected: 50 } },
      '50 of 200 rows (25.0%)',
    ],
    [
      { event: 'paused', run, note: 'Paused by cohort-export.' },
      'The schedule vip-daily is paused. Paused by',
    ],
    [{ event: 'exportPaused', run, note: 'Braze answered 401.' }, 'is paused. Braze answered 401.'],
    [{ event: 'recovered', run, rows: { read: 2, accepted: 2, rejected: 0 } }, 'succeeded again'],
  ] satisfies [RunEvent, string][])('is notified of %o', async (event, words) => {
    await webhook.send(event, AT, signal);
    expect(posted[0]?.body.text).toContain(words);
    expect(posted[0]?.body.event).toBe(event.event);
  });

  it.each([
    [500, 'backoff'],
    [429, 'backoff'],
    [404, 'never'],
    [302, 'never'],
  ])('that responds with %i is tried again: %s', async (given, retry) => {
    status = given;
    const failure = await webhook.send(failed, AT, signal).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NotificationError);
    expect(failure).toMatchObject({ retry });
    expect((failure as Error).message).toContain(`answered ${given}`);
    expect((failure as Error).message).not.toContain('secret');
  });

  it('that does not respond is tried again, and its URL is not shown', async () => {
    await server[Symbol.asyncDispose]();
    const failure = await webhook.send(failed, AT, signal).catch((error: unknown) => error);
    expect(failure).toMatchObject({ retry: 'backoff' });
    expect((failure as Error).message).toBe(
      'No response from the webhook (ECONNREFUSED). If this continues, check notifications.webhookUrl and the proxy, if you use one.',
    );
  });

  it.each([407, 403])(
    'behind a proxy that responds with %i gets only the advice about the proxy',
    async (given) => {
      using proxy = await startProxy(given);
      await using behindProxy = new Webhook({
        webhookUrl: 'https://hooks.example.com/secret',
        degradedAbove: 0.1,
        proxy: { httpProxy: null, httpsProxy: proxy.url, noProxy: null },
      });
      const failure = await behindProxy.send(failed, AT, signal).catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(NotificationError);
      expect(failure).toMatchObject({ retry: 'never' });
      expect((failure as Error).message).toMatch(
        new RegExp(`^The proxy answered ${given}: .* bypass the proxy with NO_PROXY\\.$`),
      );
    },
  );

  it('ends with the reason when it is aborted', async () => {
    const reason = new Error('cancelled');
    await expect(webhook.send(failed, AT, AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(posted).toEqual([]);
  });
});
