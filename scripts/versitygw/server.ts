import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateBucketCommand, ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { waitFor } from '../bench/wait.ts';
import { loopback, onOwnPort } from '../temporal-cli/ports.ts';
import { type ServerProcess, startServer } from '../temporal-cli/server-process.ts';
import { findVersitygw } from './find.ts';

const LOOK_EVERY_MS = 50;
const PORTS_FROM = 31_233;
/** Not the default of clients: one that ignores the setting is refused. */
const REGION = 'eu-central-1';

/** What a client needs to know of an S3 service. */
export interface S3Access {
  /** `http://127.0.0.1:31233`. Buckets are in the path, not in the name of the host. */
  readonly endpoint: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** An S3 server in a process of its own, with its objects in a temporary folder. */
export interface S3Server extends S3Access, AsyncDisposable {
  readonly createBucket: (name: string) => Promise<void>;
  /** Ends the server as a crash would: connections are refused from then on. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, on the same port and with the same objects. */
  readonly restart: () => Promise<void>;
}

/** Why there is no S3 server on this machine, as the reason of a test that is skipped; else `null`. */
export const whyNoS3Server: string | null = findVersitygw().missing;

/** A client without retries, so that a test sees what each request gets. */
export function s3Client({ endpoint, region, accessKeyId, secretAccessKey }: S3Access): S3Client {
  return new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    maxAttempts: 1,
  });
}

/**
 * Starts versitygw. It ends with this process at the latest, however this process ends.
 * @throws where it was not built: see {@link whyNoS3Server}
 */
export async function startS3Server(): Promise<S3Server> {
  const { path, missing } = findVersitygw();
  if (path === null) throw new Error(missing);
  const keys = {
    accessKeyId: randomBytes(10).toString('hex'),
    secretAccessKey: randomBytes(20).toString('hex'),
  };
  const folder = await mkdtemp(join(tmpdir(), 'cohort-export-s3-'));
  const startOn = async (port: number) => {
    const access = { endpoint: `http://${loopback}:${port}`, region: REGION, ...keys };
    return { access, server: await startVersitygw(path, port, folder, access) };
  };
  let { access, server } = await onOwnPort(PORTS_FROM, startOn);
  const client = s3Client(access);
  return {
    ...access,
    createBucket: async (name) => {
      await client.send(new CreateBucketCommand({ Bucket: name }));
    },
    kill: () => server.kill(),
    restart: async () => {
      ({ server } = await startOn(Number(new URL(access.endpoint).port)));
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy();
      await server.kill();
      await rm(folder, { recursive: true });
    },
  };
}

async function startVersitygw(
  program: string,
  port: number,
  folder: string,
  access: S3Access,
): Promise<ServerProcess> {
  // A developer's own settings of versitygw must not reach it.
  const env = {
    ROOT_ACCESS_KEY_ID: access.accessKeyId,
    ROOT_SECRET_ACCESS_KEY: access.secretAccessKey,
    PATH: process.env.PATH,
  };
  const [objects, accounts] = [join(folder, 'objects'), join(folder, 'accounts')];
  for (const each of [objects, accounts]) await mkdir(each, { recursive: true });
  // Without a folder for accounts it answers to an unknown key as no other store does; without
  // keep-alive it closes each connection after a response.
  const options = ['--port', `${loopback}:${port}`, '--region', access.region, '--keep-alive'];
  const command = [program, ...options, '--iam-dir', accounts, '--quiet', 'posix', objects];
  const server = startServer(command, env, () => undefined);
  const client = s3Client(access);
  try {
    // Only the server with these keys can accept them: another one on this port would refuse.
    await waitFor('versitygw', LOOK_EVERY_MS, async () => {
      if (server.hasEnded()) return true;
      return await client.send(new ListBucketsCommand()).then(
        () => true,
        () => null,
      );
    });
    if (!server.hasEnded()) return server;
    throw new Error(`versitygw: ${await server.ended}\n${server.lastOutput()}`);
  } catch (error) {
    await server.kill();
    throw error;
  } finally {
    client.destroy();
  }
}
