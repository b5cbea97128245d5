import { afterAll, beforeAll, beforeEach } from 'vitest';
import { type S3Server, startS3Server, whyNoS3Server } from './s3-server.ts';

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
