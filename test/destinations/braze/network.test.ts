import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import type { Socket } from 'node:net';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Sandbox, startSandbox } from '../../../sandbox/server.ts';
import { Braze, type BrazeSettings } from '../../../src/destinations/braze/braze.ts';
import { type Certificate, selfSigned, signedByUnknown } from '../../sandbox/certificate.ts';
import { startProxy } from '../../support/proxy.ts';
import { closedPort, listen, startServer } from '../../support/servers.ts';
import { startWire } from '../../support/wire.ts';
import { follow } from '../follow.ts';
import { NO_PROXY, settingsFor } from './settings.ts';

const never = { signal: new AbortController().signal };
const cohort = { cohortId: 'vip', cohortName: 'VIP', createdAt: '2026-11-21T12:00:00.000Z' };

/** As `NODE_EXTRA_CA_CERTS` makes a worker trust it. */
function trusted(certificate: Certificate): Certificate {
  setDefaultCACertificates([certificate.cert]);
  return certificate;
}

let sandbox: Sandbox;
let systemCertificates: readonly string[];
const opened: Braze[] = [];

beforeAll(async () => {
  systemCertificates = getCACertificates('default');
  sandbox = await startSandbox();
});
afterEach(async () => {
  for (const each of opened.splice(0)) await each[Symbol.asyncDispose]();
  await control('DELETE', 'faults');
});
afterAll(async () => {
  setDefaultCACertificates([...systemCertificates]);
  await sandbox.close();
});

function braze(changes: Partial<BrazeSettings> = {}): Braze {
  const each = new Braze(settingsFor(sandbox, changes), () => undefined);
  opened.push(each);
  return each;
}

async function control(method: string, path: string, body?: object): Promise<void> {
  const response = await fetch(`${sandbox.url}/sandbox/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  expect(response.status, path).toBeLessThan(300);
}

/** What becomes of a request, and what the destination told of it. */
async function send(destination: Braze) {
  const { told, inFlight } = follow();
  const failure = await destination.nameCohort(cohort, { ...never, inFlight }).then(
    (warning) => warning,
    (error: unknown) => error,
  );
  return { failure, told };
}

const unavailable = (words: string | RegExp, retry: string) =>
  expect.objectContaining({
    type: 'BrazeUnavailable',
    retry,
    message: expect.stringMatching(words),
  });
const ACCEPTED = { failure: null, told: ['sent', 'answered'] };

/** A server that speaks HTTP/2 and HTTP/1.1, and prefers the former. */
async function startBoth(certificate: Certificate) {
  const versions: string[] = [];
  const server = createSecureServer({ ...certificate, allowHTTP1: true }, (request, response) => {
    versions.push(request.httpVersion);
    request.resume().on('end', () => response.writeHead(201).end());
  });
  const address = `127.0.0.1:${await listen(server)}`;
  return { address, versions, [Symbol.asyncDispose]: async () => void server.close() };
}

describe('certificates of Braze', () => {
  const ofOthers = () => trusted(selfSigned({ host: 'rest.example.com' }));
  const expired = () => trusted(selfSigned({ validForMs: -1_000 }));
  it.each<[what: string, create: () => Certificate, code: string]>([
    ['that is for another host', ofOthers, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['that has expired', expired, 'CERT_HAS_EXPIRED'],
    ['that it signed itself', selfSigned, 'DEPTH_ZERO_SELF_SIGNED_CERT'],
    ['of an unknown authority', signedByUnknown, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
  ])('one %s is rejected at once, and nothing is sent', async (_, create, code) => {
    await using server = await startBoth(create());
    using proxy = await startProxy(200);
    for (const httpsProxy of [null, proxy.url]) {
      const origin = `https://${server.address}`;
      const destination = braze({ origin, proxy: { ...NO_PROXY, httpsProxy } });
      expect(await send(destination)).toEqual({
        failure: unavailable(`The certificate of Braze was rejected \\(${code}\\)`, 'never'),
        told: [],
      });
    }
    expect(server.versions).toEqual([]);
    expect(proxy.asked).toEqual([server.address]);
  });
});

describe('a server that offers HTTP/2 as well', () => {
  it.each(['directly', 'through a proxy'])(
    'is spoken to with HTTP/1.1, %s: a dead connection is not used again',
    async (how) => {
      await using server = await startBoth(trusted(selfSigned()));
      await using wire = await startWire(server.address);
      using proxy = await startProxy(200);
      const httpsProxy = how === 'directly' ? null : proxy.url;
      const destination = braze({
        origin: `https://${wire.address}`,
        proxy: { ...NO_PROXY, httpsProxy },
        requestTimeoutMs: 500,
      });
      expect(await send(destination)).toEqual(ACCEPTED);
      wire.cut();
      wire.mend();
      // Which of its connections the pool takes is its own choice.
      await expect
        .poll(() => send(destination))
        .toEqual({
          failure: unavailable('No response from Braze \\(timeout\\)', 'backoff'),
          told: ['sent'],
        });
      await expect.poll(() => send(destination), { timeout: 5_000 }).toEqual(ACCEPTED);
      expect(new Set(server.versions)).toEqual(new Set(['1.1']));
    },
  );
});

describe('bodies of Braze', () => {
  it.each<[what: string, fault: object, outcome: object]>([
    ['slow', { kind: 'slow', ms: 300 }, ACCEPTED],
    ['without a declared length', { kind: 'chunked' }, ACCEPTED],
    [
      'stalled',
      { kind: 'stall', bytes: 5 },
      { failure: unavailable('\\(timeout\\)', 'backoff'), told: ['sent'] },
    ],
    [
      'cut',
      { kind: 'cut', bytes: 5 },
      { failure: unavailable('\\((UND_ERR_SOCKET|ECONNRESET)\\)', 'backoff'), told: ['sent'] },
    ],
  ])('one that is %s counts only if it is whole', async (_, fault, outcome) => {
    const destination = braze({ requestTimeoutMs: 1_000 });
    await control('POST', 'faults', { ...fault, on: 'cohorts' });
    expect(await send(destination)).toEqual(outcome);
    expect(await send(destination)).toEqual(ACCEPTED);
  });
});

describe('connections to Braze', () => {
  it('that it closes while they are idle are replaced, and nobody notices', async () => {
    const closed: Promise<unknown>[] = [];
    await using server = await startServer((request, response) => {
      const { socket } = request;
      closed.push(once(socket, 'close'));
      // Without Node's announcement of when it will be closed.
      response.writeHead(201, { connection: 'keep-alive' }).end(() => socket.end());
    });
    const destination = braze({ origin: server.url });
    for (let requests = 1; requests <= 3; requests += 1) {
      expect(await send(destination)).toEqual(ACCEPTED);
      await Promise.all(closed);
      expect(closed).toHaveLength(requests);
    }
  });

  it('that it closes just as a request arrives are replaced by the retry', async () => {
    const used = new Set<Socket>();
    await using server = await startServer(({ socket }, response) => {
      if (used.has(socket)) socket.destroy();
      else response.writeHead(201, { connection: 'keep-alive' }).end();
      used.add(socket);
    });
    const destination = braze({ origin: server.url });
    await expect
      .poll(() => send(destination))
      .toEqual({
        failure: unavailable('\\((UND_ERR_SOCKET|ECONNRESET)\\)', 'backoff'),
        told: ['sent'],
      });
    expect(await send(destination)).toEqual(ACCEPTED);
  });

  it('are not made where nobody answers for the proxy', async () => {
    const httpsProxy = `http://127.0.0.1:${await closedPort()}`;
    const origin = 'https://rest.example.com';
    expect(await send(braze({ origin, proxy: { ...NO_PROXY, httpsProxy } }))).toEqual({
      failure: unavailable('\\(ECONNREFUSED\\).*the proxy', 'backoff'),
      told: [],
    });
  });
});
