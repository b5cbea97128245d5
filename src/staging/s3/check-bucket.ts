import { randomUUID } from 'node:crypto';
import { ListObjectsV2Command } from '@aws-sdk/client-s3';
import { ExportError } from '../../domain/failures.ts';
import { RUNS, STORE } from '../layout.ts';
import type { Bucket } from './bucket.ts';
import { type Condition, isRefused } from './conditions.ts';
import { explain } from './s3-errors.ts';

const NO_OBJECT: Condition = { etag: '"00000000000000000000000000000000"' };

/**
 * Checks once, when a worker starts, that the bucket is there and does all that staging needs.
 * @throws ExportError `StagingFailed`, which says what to do
 */
export async function checkBucket(bucket: Bucket): Promise<void> {
  const { bucket: name } = bucket.settings;
  const objects = `arn:aws:s3:::${name}/${bucket.settings.prefix}*`;
  const step = async <T>(does: string, right: string, on: string, work: () => Promise<T>) => {
    try {
      return await work();
    } catch (error) {
      throw unusable(bucket, `${does} failed`, error, `allow ${right} on ${on}`);
    }
  };
  await step('Listing objects', 's3:ListBucket', `arn:aws:s3:::${name}`, () => list(bucket));
  const key = `${STORE}/probe-${randomUUID()}`;
  try {
    const etag = await step('Writing an object', 's3:PutObject', objects, () =>
      bucket.put(key, key, 'absent'),
    );
    for (const condition of ['absent', NO_OBJECT] as const) {
      const isHonoured = await step('Writing an object', 's3:PutObject', objects, () =>
        isRefusedWith(bucket, key, condition),
      );
      if (!isHonoured) throw ignoresConditions(bucket);
    }
    const isWrong = await step('Writing an object', 's3:PutObject', objects, () =>
      isRefusedWith(bucket, key, { etag }),
    );
    if (isWrong) throw changesEtags(bucket);
    await step('Reading an object', 's3:GetObject', objects, () => bucket.get(key));
  } catch (error) {
    // The first failure matters more; what stays is an object without content.
    await bucket.delete([key]).catch(() => undefined);
    throw error;
  }
  await step('Deleting an object', 's3:DeleteObject', objects, () => bucket.delete([key]));
}

async function list(bucket: Bucket): Promise<void> {
  const { bucket: name, prefix } = bucket.settings;
  const command = new ListObjectsV2Command({
    Bucket: name,
    Prefix: `${prefix}${RUNS}/`,
    MaxKeys: 1,
  });
  await bucket.ask((client) => client.send(command));
}

async function isRefusedWith(bucket: Bucket, key: string, condition: Condition): Promise<boolean> {
  try {
    await bucket.put(key, key, condition);
    return false;
  } catch (error) {
    if (isRefused(error)) return true;
    throw error;
  }
}

function ignoresConditions(bucket: Bucket): ExportError {
  return new ExportError(
    'StagingFailed',
    `staging.s3 cannot be used: the service of ${bucket.addressOf('')} ignores the conditions If-None-Match and If-Match of a PUT, so two workers could commit two results for one export. Use a service that honours them, such as AWS S3, or staging.directory.`,
  );
}

function changesEtags(bucket: Bucket): ExportError {
  return new ExportError(
    'StagingFailed',
    `staging.s3 cannot be used: the service of ${bucket.addressOf('')} refuses a PUT whose If-Match has the ETag that it has just given. If a proxy in between changes ETags, connect to the service itself.`,
  );
}

function unusable(bucket: Bucket, what: string, error: unknown, right: string): ExportError {
  const { code, cure } = explain(error);
  const region = regionIn(error);
  const advice =
    region === null
      ? code === 'AccessDenied'
        ? `${cure}: ${right}`
        : cure
      : `the bucket is in the region ${region}: set region: ${region} in staging.s3`;
  return new ExportError(
    'StagingFailed',
    `staging.s3 cannot be used. ${what} in ${bucket.addressOf('')} (${code}): ${advice}.`,
  );
}

/** The bucket's region, where S3 says that it is another one. */
function regionIn(error: unknown): string | null {
  const { Region, $response } = error as {
    readonly Region?: unknown;
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  const region = Region ?? $response?.headers?.['x-amz-bucket-region'];
  const isElsewhere = /redirect|region|malformed|location/i.test(
    explain(error).cure + explain(error).code,
  );
  return isElsewhere && typeof region === 'string' && /^[a-z0-9-]+$/.test(region) ? region : null;
}
