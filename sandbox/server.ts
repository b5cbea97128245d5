import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { getRequestListener, type HttpBindings } from '@hono/node-server';
import { Hono } from 'hono';
import { Accounting } from './accounting.ts';
import { type BrazeState, brazeApi } from './braze/api.ts';
import { Cohorts } from './braze/cohorts.ts';
import { Concurrency } from './braze/concurrency.ts';
import { Hanging } from './braze/hanging.ts';
import { Opposites } from './braze/opposites.ts';
import { RateLimit } from './braze/rate-limit.ts';
import { Refused } from './braze/refused.ts';
import { controlApi } from './control.ts';
import { type Credentials, createCredentials, type GivenCredentials } from './credentials.ts';
import { Faults } from './faults.ts';
import { page } from './page/page.ts';
import { RequestLog } from './requests-log.ts';
import { type TreasureDataState, treasureDataApi } from './treasure-data/api.ts';
import { DataFiles } from './treasure-data/data-files.ts';
import { JobTimes, type JobTimesInput } from './treasure-data/job-times.ts';
import { Jobs } from './treasure-data/jobs.ts';
import { SavedQueries } from './treasure-data/saved-queries.ts';

/** Idle connections stay longer than any client keeps them, so that the client closes first. */
const KEEP_ALIVE_MS = 10 * 60_000;

export interface SandboxOptions {
  /** 0, the default, is a free port. */
  readonly port?: number | undefined;
  /** Default 127.0.0.1. The control routes ask for no key: listen elsewhere with care. */
  readonly host?: string | undefined;
  /** Least milliseconds from a request to Braze to its response; default 0. They wait side by side. */
  readonly latencyMs?: number | undefined;
  /** The partner's segment in Braze's paths, default `treasure_data`. */
  readonly partnerName?: string | undefined;
  /** Keys to let in; those not given are generated. */
  readonly credentials?: GivenCredentials | undefined;
  /** Its files are the tables of Treasure Data's SQL; without one there are none. */
  readonly dataDirectory?: string | undefined;
  /** How long Treasure Data's jobs take, at least. */
  readonly jobTimes?: JobTimesInput | undefined;
  /** Serves https with this certificate, in PEM. Its clients must be configured to trust it. */
  readonly tls?: { readonly key: string; readonly cert: string } | undefined;
  /**
   * Closes connections that were idle for this many milliseconds, unannounced, as load balancers do.
   * Without it the client closes first.
   */
  readonly keepAliveMs?: number | undefined;
}

/** How to reach a sandbox: what `npm run sandbox` prints when it is ready. */
export interface SandboxAccess extends Credentials {
  /** Without a trailing slash. */
  readonly url: string;
}

/** A running sandbox. */
export interface Sandbox extends SandboxAccess {
  /** Closes all connections at once, hanging ones too, and frees the port. May be called again. */
  close(): Promise<void>;
}

/**
 * Starts the emulators: Braze under `/partners`, Treasure Data under `/v3`, their controls under
 * `/sandbox`, the page at `/`.
 * Rejects with Node's own error (`EADDRINUSE`, `EACCES` …) if it cannot listen.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { port = 0, host = '127.0.0.1', latencyMs = 0, partnerName = 'treasure_data' } = options;
  const { tls, keepAliveMs } = options;
  const credentials = createCredentials(partnerName, options.credentials);
  const faults = new Faults();
  const state: BrazeState = {
    credentials: credentials.braze,
    partnerEnabled: true,
    cohorts: new Cohorts(),
    faults,
    hanging: new Hanging(),
    rateLimit: new RateLimit(),
    concurrency: new Concurrency(),
    opposites: new Opposites(),
    refused: new Refused(),
    accounting: new Accounting(),
    log: new RequestLog(),
    latencyMs,
  };
  const treasureData = createTreasureData(credentials.treasureData.apiKey, faults, options);
  const app = new Hono<{ Bindings: HttpBindings }>();
  app.route('/v3', treasureDataApi(treasureData));
  app.route('/sandbox', controlApi(state, treasureData));
  app.route('/', page());
  app.notFound((c) => c.json({ message: 'There is nothing here' }, 404));
  app.onError((error, c) => {
    console.error('The sandbox failed:', error);
    return c.json({ message: 'The sandbox failed; see its log' }, 500);
  });

  const braze = brazeApi(state);
  const others = getRequestListener(app.fetch);
  const listener: RequestListener = (request, response) => {
    // With a header of our own Node does not add its timeout, which clients would follow.
    if (keepAliveMs !== undefined && request.headers.connection !== 'close') {
      response.setHeader('connection', 'keep-alive');
    }
    // As in front of Treasure Data: for an endpoint without a slash, its Python client asks for //v3.
    request.url = request.url?.replace(/^\/{2,}/, '/');
    if (request.url?.startsWith('/partners')) braze(request, response);
    else void others(request, response);
  };
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener);
  server.keepAliveTimeout = keepAliveMs ?? KEEP_ALIVE_MS;
  server.keepAliveTimeoutBuffer = 0;
  server.listen(port, host);
  await once(server, 'listening');

  const { address, family, port: actualPort } = server.address() as AddressInfo;
  return {
    ...credentials,
    url: `${tls === undefined ? 'http' : 'https'}://${family === 'IPv6' ? `[${address}]` : address}:${actualPort}`,
    async close() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await Promise.all([closed, treasureData.jobs.close()]);
    },
  };
}

function createTreasureData(
  apiKey: string,
  faults: Faults,
  { dataDirectory, jobTimes }: SandboxOptions,
): TreasureDataState {
  const files = new DataFiles(dataDirectory ?? null);
  const times = new JobTimes(jobTimes);
  return {
    apiKey,
    files,
    times,
    faults,
    jobs: new Jobs(files, times, faults),
    savedQueries: new SavedQueries(files),
    log: new RequestLog(),
    counts: new Map(),
  };
}
