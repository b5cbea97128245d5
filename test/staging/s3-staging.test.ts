import { afterAll, beforeAll, describe } from 'vitest';
import { type S3Server, startS3Server, whyNoS3Server } from '../support/s3-server.ts';
import { BUCKET, createS3Case } from './s3-case.ts';
import { stagingSuite } from './staging-suite.ts';

describe.skipIf(whyNoS3Server !== null)('staging in a bucket', () => {
  let server: S3Server;
  beforeAll(async () => {
    server = await startS3Server();
    await server.createBucket(BUCKET);
  });
  afterAll(() => server[Symbol.asyncDispose]());

  stagingSuite(() => createS3Case(server));
});
