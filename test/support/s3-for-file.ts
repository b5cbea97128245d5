import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type S3Server, startS3Server, whyNoS3Server } from '../../scripts/versitygw/server.ts';
import { type S3Front, startS3Front } from './s3-front.ts';

/**
 * Starts one S3 server for the tests of this file, which are skipped with the reason where there is none.
 * @param prepare runs once it is ready: the place to create buckets
 * @returns the server, for use in a test
 */
export function s3ForFile(prepare: (server: S3Server) => Promise<void>): () => S3Server {
  let server: S3Server | undefined;
  beforeAll(async () => {
    if (whyNoS3Server !== null) return;
    server = await startS3Server();
    await prepare(server);
  });
  beforeEach(({ skip }) => {
    if (whyNoS3Server !== null) skip(whyNoS3Server);
  });
  afterAll(async () => {
    await server?.[Symbol.asyncDispose]();
  });
  return () => {
    if (server === undefined) throw new Error('The S3 server of this file has not started.');
    return server;
  };
}

/** A front of that server for the tests of this file. */
export function s3FrontForFile(server: () => S3Server): () => S3Front {
  let front: S3Front | undefined;
  beforeAll(async () => {
    if (whyNoS3Server === null) front = await startS3Front(server());
  });
  afterAll(async () => {
    await front?.[Symbol.asyncDispose]();
  });
  return () => {
    if (front === undefined) throw new Error('The front of this file has not started.');
    return front;
  };
}
