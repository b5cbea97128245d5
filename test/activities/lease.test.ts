import { createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Lease } from '../../src/activities/support/lease.ts';
import { eventually } from '../support/wait.ts';
import { startDenyingProxy } from '../workflows/denying-proxy.ts';

/** The longest that can be configured. */
const EVERY_MS = 5_000;
const PERMISSION_DENIED = 7;
/** Of gRPC: a message without fields. */
const EMPTY_MESSAGE = Buffer.alloc(5);

/** Accepts each call, as Temporal does a heartbeat of an activity that is to go on. */
async function startAccepting(): Promise<string> {
  const server = createServer();
  server.on('stream', (stream) => {
    stream.respond({ 'content-type': 'application/grpc' }, { waitForTrailers: true });
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
    stream.end(EMPTY_MESSAGE);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
  });
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

interface Heartbeats {
  /** That Temporal accepted from this client. */
  accepted: number;
  denied: number;
  /** By the SDK, which does not say what became of them. */
  bySdk: number;
}

/** Whether a lease is lost by the time at which a number of heartbeats were accepted. */
async function isLost(
  isDenied: (heartbeats: Readonly<Heartbeats>) => boolean,
  enough: number,
): Promise<boolean> {
  await using proxy = await startDenyingProxy(await startAccepting(), PERMISSION_DENIED);
  const heartbeats: Heartbeats = { accepted: 0, denied: 0, bySdk: 0 };
  proxy.deny((call) => {
    if (call !== 'RecordActivityTaskHeartbeat') return false;
    const denies = isDenied(heartbeats);
    heartbeats[denies ? 'denied' : 'accepted'] += 1;
    return denies;
  });
  const connection = Connection.lazy({ address: proxy.address });
  const client = new Client({ connection });
  const environment = new MockActivityEnvironment({}, { client });
  environment.on('heartbeat', () => {
    heartbeats.bySdk += 1;
  });
  try {
    return await environment.run(async () => {
      using lease = new Lease(() => null, EVERY_MS);
      await eventually(() =>
        expect(lease.lost.aborted || heartbeats.accepted >= enough).toBe(true),
      );
      await lease.end();
      return lease.lost.aborted;
    });
  } finally {
    await connection.close();
  }
}

describe.concurrent('a lease outlasts a failed heartbeat at the longest interval', () => {
  it('that was the first', async () => {
    expect(await isLost(({ denied }) => denied === 0, 2)).toBe(false);
  });

  it('before one that the SDK sends', async () => {
    const isDenied = ({ accepted, bySdk }: Heartbeats) => accepted > 0 && bySdk === 0;
    expect(await isLost(isDenied, 2)).toBe(false);
  });
});
