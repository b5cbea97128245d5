import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/server.ts';
import { Braze, type BrazeSettings } from '../../../src/destinations/braze/braze.ts';
import { startProxy } from '../../support/proxy.ts';
import { startServer } from '../../support/servers.ts';
import { follow } from '../follow.ts';
import { settingsFor } from './settings.ts';

const never = { signal: new AbortController().signal };
const cohort = { cohortId: 'vip "1"', cohortName: 'VIP', createdAt: '2026-11-21T12:00:00.000Z' };

let sandbox: Sandbox;
let responses: (number | null)[];

beforeEach(async () => {
  sandbox = await startSandbox();
  responses = [];
});
afterEach(() => sandbox.close());

function braze(changes: Partial<BrazeSettings> = {}): Braze {
  return new Braze(settingsFor(sandbox, changes), (status) => responses.push(status));
}

async function control(method: string, path: string, body?: object): Promise<unknown> {
  const response = await fetch(`${sandbox.url}/sandbox/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  return await response.json().catch(() => null);
}

describe('Braze', () => {
  it('sends no partner key if none is configured', async () => {
    const failure = braze({ partnerApiKey: null }).nameCohort(cohort, never);
    await expect(failure).rejects.toMatchObject({ type: 'BrazeUnauthorized', retry: 'never' });
  });

  it.each([
    ['text/html; charset=utf-8', 'Please log in'],
    ['application/json', '\n<!DOCTYPE html><html><body>Please log in</body></html>'],
    [undefined, '<html>'],
  ])('does not take a page for a success: %s, %j', async (type, text) => {
    await using server = await startServer((_, response) => {
      response.writeHead(200, type === undefined ? {} : { 'content-type': type }).end(text);
    });
    const destination = braze({ origin: server.url });
    for (const call of [
      destination.nameCohort(cohort, never),
      destination.changeMembers('vip', Buffer.from('[{"user_ids":["a"]}]'), never),
    ]) {
      const failure = await call.catch((error: unknown) => error);
      expect(failure).toMatchObject({ type: 'BrazeUnavailable', retry: 'backoff' });
      expect((failure as Error).message).toContain('answered 200 with a web page');
    }
  });

  it.each(['', '{"message":"success"}', '[]', 'OK', 'null'])(
    'takes any other body for a success: %j',
    async (text) => {
      await using server = await startServer((_, response) => {
        response.writeHead(201).end(text);
      });
      expect(await braze({ origin: server.url }).nameCohort(cohort, never)).toBeNull();
    },
  );

  it('hides the key that Braze repeats', async () => {
    await control('PUT', 'partner', { enabled: false });
    const failure = braze().nameCohort(cohort, never);
    await expect(failure).rejects.toThrow('client with client secret: [redacted]');
  });

  it('goes through the proxy that it is given, and past it for NO_PROXY', async () => {
    using proxy = await startProxy();
    const settings = { httpProxy: proxy.url, httpsProxy: null, noProxy: null };
    await braze({ proxy: settings }).nameCohort(cohort, never);
    expect(proxy.asked).toEqual([new URL(sandbox.url).host]);
    await braze({ proxy: { ...settings, noProxy: '127.0.0.1' } }).nameCohort(cohort, never);
    expect(proxy.asked).toHaveLength(1);
  });

  it.each([
    [407, 'never', "The proxy answered 407: it does not accept the worker's credentials."],
    [403, 'never', 'bypass the proxy with NO_PROXY. Then start the export again.'],
    [503, 'backoff', 'The proxy answered 503 instead of connecting to Braze.'],
  ])('reports the response of a proxy that refuses a tunnel: %i', async (status, retry, words) => {
    using proxy = await startProxy(status);
    const { told, inFlight } = follow();
    const failure = await braze({
      origin: 'https://rest.example.com',
      proxy: { httpProxy: null, httpsProxy: proxy.url, noProxy: null },
    })
      .nameCohort(cohort, { ...never, inFlight })
      .catch((error: unknown) => error);
    expect(proxy.asked).toEqual(['rest.example.com:443']);
    expect(told).toEqual([]);
    expect(failure).toMatchObject({ type: 'BrazeUnavailable', retry });
    expect((failure as Error).message).toContain(words);
  });

  it('holds back all requests of the connection when one response asks to wait', async () => {
    await control('PUT', 'rate-limit', { limit: 1, windowMs: 1_000 });
    const destination = braze();
    await destination.nameCohort(cohort, never);
    const failure = await destination.nameCohort(cohort, never).catch((error: unknown) => error);
    expect(failure).toMatchObject({ retry: { afterMs: expect.any(Number) } });
    expect(await destination.nameCohort(cohort, never)).toBeNull();
    expect(responses).toEqual([201, 429, 201]);
  });

  it('lets a call go that waits for its place in the rate limit, and sends nothing for it', async () => {
    const destination = braze({ requestsPerHour: 60 });
    await destination.nameCohort(cohort, never);
    const draining = new AbortController();
    const reason = new Error('draining');
    const { told, inFlight } = follow();
    const request = { ...never, untilSent: draining.signal, inFlight };
    const waiting = [
      destination.nameCohort(cohort, request),
      destination.changeMembers(cohort.cohortId, Buffer.from('[]'), request),
    ];
    draining.abort(reason);
    for (const call of waiting) await expect(call).rejects.toBe(reason);
    expect(responses).toEqual([201]);
    expect(told).toEqual([]);
  });

  it.each([502, 504])(
    'does not take the %i of a gateway for a response of Braze',
    async (status) => {
      await control('POST', 'faults', { kind: 'status', status });
      const { told, inFlight } = follow();
      await expect(braze().nameCohort(cohort, { ...never, inFlight })).rejects.toThrow(
        String(status),
      );
      expect(told).toEqual(['sent']);
    },
  );
});
