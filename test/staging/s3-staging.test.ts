import { describe } from 'vitest';
import { s3ForFile } from '../support/s3-for-file.ts';
import { BUCKET, createS3Case } from './s3-case.ts';
import { stagingSuite } from './staging-suite.ts';

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));

describe('staging in a bucket', () => {
  stagingSuite(() => createS3Case(server()));
});
