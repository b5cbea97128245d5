import { randomUUID } from 'node:crypto';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { onTestFinished } from 'vitest';
import { type S3Access, s3Client } from '../../scripts/versitygw/server.ts';
import { chunkAt, countChunks } from '../../src/domain/chunk-plan.ts';
import type { StagedRows, Staging } from '../../src/domain/staging-port.ts';
import type { AskCredentials, BucketSettings } from '../../src/staging/s3/client.ts';
import { S3Store } from '../../src/staging/s3/s3-store.ts';
import type { StoreCase } from './staging-suite.ts';

export const BUCKET = 'exports';

/** Settings of a store of its own in the bucket of a server, or of a front of it. */
export function settingsOf(access: S3Access, prefix = `${randomUUID()}/`): BucketSettings {
  return {
    bucket: BUCKET,
    prefix,
    region: access.region,
    endpoint: access.endpoint,
    forcePathStyle: true,
    checksums: 'always',
    proxy: { httpProxy: null, httpsProxy: null, noProxy: null },
  };
}

export function credentialsOf({ accessKeyId, secretAccessKey }: S3Access): AskCredentials {
  return async () => ({ accessKeyId, secretAccessKey });
}

/** How many users can be read of what was staged. */
export async function usersIn(store: Pick<Staging, 'read'>, staged: StagedRows): Promise<number> {
  let found = 0;
  for (let index = 0; index < countChunks(staged.chunks); index += 1) {
    const chunk = chunkAt(staged.chunks, index);
    for await (const { counts } of store.read(staged, chunk)) found += counts.userIds;
  }
  return found;
}

/** A store that is closed with the test, or as it is told; the bucket must be there. */
export async function createS3Case(
  server: S3Access,
  access = server,
  whenFinished: (close: () => void) => void = onTestFinished,
): Promise<StoreCase> {
  const settings = settingsOf(access);
  const client = s3Client(server);
  whenFinished(() => client.destroy());
  const again = () => {
    const store = new S3Store(settings, credentialsOf(access));
    whenFinished(() => store[Symbol.dispose]());
    return store;
  };
  const store = again();
  await store.prepare(0);
  const object = (name: string) => ({ Bucket: BUCKET, Key: `${settings.prefix}${name}` });
  return {
    store,
    again,
    names: async () => {
      const input = { Bucket: BUCKET, Prefix: settings.prefix };
      const { Contents = [] } = await client.send(new ListObjectsV2Command(input));
      return Contents.map(({ Key = '' }) => Key.slice(settings.prefix.length));
    },
    readFile: async (name) => {
      const { Body } = await client.send(new GetObjectCommand(object(name)));
      return (await Body?.transformToString()) ?? '';
    },
    writeFile: async (name, text) => {
      await client.send(
        new PutObjectCommand({ ...object(name), Body: text, ContentLength: text.length }),
      );
    },
    removeFile: async (name) => {
      await client.send(new DeleteObjectCommand(object(name)));
    },
    manifestOf: ({ location }: StagedRows) => `${location.replace(/\.\d+$/, '')}.manifest.json`,
  };
}
