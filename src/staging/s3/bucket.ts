import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import type { ProxySettings } from '../../domain/connection-type.ts';
import { codeOf, explain } from './s3-errors.ts';
import type { S3Settings } from './section.ts';

export interface BucketSettings extends S3Settings {
  readonly proxy: ProxySettings;
}

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  readonly expiration?: Date | undefined;
}

/** @param renew where those that it resolved to before are no longer accepted */
export type AskCredentials = (renew: boolean) => Promise<Credentials>;

export interface StoredObject {
  readonly body: Buffer;
  readonly etag: string;
  /** Of the whole object, where only a part of it was asked for. */
  readonly bytes: number;
}

export interface ListedObject {
  /** Relative to the prefix of the configuration. */
  readonly key: string;
  readonly bytes: number;
  readonly modifiedAt: Date;
}

/** `absent`: only where there is no object of that key; else only where it still is the one with that tag. */
export type Condition = 'absent' | { readonly etag: string };

/**
 * Without a byte; the client begins to count after 3 s. With three attempts, a service that says nothing
 * is left before the 30 s are over after which an activity waits no longer.
 */
const SILENT_MS = 6_000;
const CONNECT_MS = 5_000;
const ATTEMPTS = 3;
/** Each lane of each export reads one file and the next. */
const CONNECTIONS = 64;
/** Two conditional writes at once may both be told to come again. */
const CONFLICT_ATTEMPTS = 6;
const CONFLICT_WAIT_MS = 100;
/** In one request. */
const MOST_DELETED = 1_000;

/**
 * A bucket of S3 or of a service that speaks it; keys are relative to the prefix of the configuration.
 * No call hangs. What they throw is the client's own: see `s3-errors.ts`.
 */
export class Bucket implements Disposable {
  readonly settings: BucketSettings;
  readonly #askCredentials: AskCredentials;
  #client: S3Client;

  constructor(settings: BucketSettings, askCredentials: AskCredentials) {
    this.settings = settings;
    this.#askCredentials = askCredentials;
    this.#client = this.#connect(false);
  }

  /** `s3://BUCKET/PREFIX` and the key. */
  addressOf(key: string): string {
    return `s3://${this.settings.bucket}/${this.#full(key)}`;
  }

  /**
   * An object, or its last bytes; `null` where there is none. It is asked for again where its body was
   * cut off or does not have the checksum that the service sent.
   */
  async get(key: string, lastBytes?: number): Promise<StoredObject | null> {
    const range = lastBytes === undefined ? {} : { Range: `bytes=-${lastBytes}` };
    for (let attempt = 1; ; attempt += 1) {
      try {
        const input = { ...this.#object(key), ...range };
        const {
          Body,
          ETag = '',
          ContentRange,
        } = await this.#send((client) => client.send(new GetObjectCommand(input)));
        const bytes = (await Body?.transformToByteArray()) ?? new Uint8Array();
        const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        const whole = ContentRange?.split('/')[1];
        return { body, etag: ETag, bytes: whole === undefined ? body.length : Number(whole) };
      } catch (error) {
        if (codeOf(error) === 'NoSuchKey') return null;
        if (attempt === ATTEMPTS || isOfService(error)) throw error;
      }
    }
  }

  /** Resolves to the new object's tag. @throws an error that `isRefused` where the condition is not met */
  async put(key: string, body: string | Buffer, condition?: Condition): Promise<string> {
    const input = {
      ...this.#object(key),
      ...this.#encryption,
      ...conditions(condition),
      Body: body,
    };
    const put = () => this.#send((client) => client.send(new PutObjectCommand(input)));
    const { ETag = '' } = await withoutConflicts(put);
    return ETag;
  }

  /** All objects below a prefix, page by page. */
  async *list(prefix: string): AsyncGenerator<ListedObject[]> {
    for await (const { Contents = [] } of this.#pages(prefix)) {
      yield Contents.map(({ Key = '', Size = 0, LastModified = new Date() }) => ({
        key: this.#relative(Key),
        bytes: Size,
        modifiedAt: LastModified,
      }));
    }
  }

  /** The prefixes directly below a prefix; all end in `/`. */
  async prefixes(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { CommonPrefixes = [] } of this.#pages(prefix, '/')) {
      found.push(...CommonPrefixes.map(({ Prefix = '' }) => this.#relative(Prefix)));
    }
    return found;
  }

  /** Deletes objects; one that is not there counts as deleted. */
  async delete(keys: readonly string[]): Promise<void> {
    for (let start = 0; start < keys.length; start += MOST_DELETED) {
      const part = keys.slice(start, start + MOST_DELETED);
      const Objects = part.map((key) => ({ Key: this.#full(key) }));
      const input = { Bucket: this.settings.bucket, Delete: { Objects, Quiet: true } };
      const { Errors = [] } = await this.#send((client) =>
        client.send(new DeleteObjectsCommand(input)),
      );
      const [first] = Errors;
      if (first !== undefined) throw Object.assign(new Error(), { name: first.Code ?? 'Unknown' });
    }
  }

  /** Deletes all objects below a prefix, but for those that are kept. Resolves to their number. */
  async deleteBelow(prefix: string, isKept = (_: string) => false): Promise<number> {
    let deleted = 0;
    for await (const page of this.list(prefix)) {
      const keys = page.map(({ key }) => key).filter((key) => !isKept(key));
      await this.delete(keys);
      deleted += keys.length;
    }
    return deleted;
  }

  /** Starts an object that is written in parts; nobody sees it before `complete`. */
  async startUpload(key: string): Promise<Upload> {
    const ChecksumAlgorithm = this.settings.checksums === 'always' ? ('CRC32' as const) : undefined;
    const input = {
      ...this.#object(key),
      ...this.#encryption,
      ...(ChecksumAlgorithm && { ChecksumAlgorithm }),
    };
    const { UploadId } = await this.#send((client) =>
      client.send(new CreateMultipartUploadCommand(input)),
    );
    const object = { ...this.#object(key), UploadId };
    const parts: CompletedPart[] = [];
    const done = (part: Omit<CompletedPart, 'PartNumber'>) => {
      const { ETag, ChecksumCRC32 } = part;
      parts.push({ PartNumber: parts.length + 1, ETag, ...(ChecksumCRC32 && { ChecksumCRC32 }) });
    };
    const next = () => ({ ...object, PartNumber: parts.length + 1 });
    return {
      add: async (body) => {
        const part = { ...next(), ...(ChecksumAlgorithm && { ChecksumAlgorithm }), Body: body };
        done(await this.#send((client) => client.send(new UploadPartCommand(part))));
      },
      copy: async (from, etag) => {
        const source = `${this.settings.bucket}/${encodeURI(this.#full(from))}`;
        const part = { ...next(), CopySource: source, CopySourceIfMatch: etag };
        const copied = await this.#send((client) => client.send(new UploadPartCopyCommand(part)));
        done(copied.CopyPartResult ?? {});
      },
      complete: async (condition) => {
        const whole = { ...object, ...conditions(condition), MultipartUpload: { Parts: parts } };
        const complete = () =>
          this.#send((client) => client.send(new CompleteMultipartUploadCommand(whole)));
        await withoutConflicts(complete);
      },
      abort: async () => {
        await this.#send((client) => client.send(new AbortMultipartUploadCommand(object)));
      },
    };
  }

  /** For what only the check at the start asks. */
  async ask<R>(command: (client: S3Client) => Promise<R>): Promise<R> {
    return await this.#send(command);
  }

  [Symbol.dispose](): void {
    this.#client.destroy();
  }

  get #encryption() {
    const { kmsKey } = this.settings;
    return kmsKey === undefined
      ? {}
      : { ServerSideEncryption: 'aws:kms' as const, SSEKMSKeyId: kmsKey };
  }

  #object(key: string) {
    return { Bucket: this.settings.bucket, Key: this.#full(key) };
  }

  #full(key: string): string {
    return `${this.settings.prefix}${key}`;
  }

  #relative(key: string): string {
    return key.slice(this.settings.prefix.length);
  }

  async *#pages(prefix: string, delimiter?: string) {
    const { bucket } = this.settings;
    let token: string | undefined;
    do {
      const input = {
        Bucket: bucket,
        Prefix: this.#full(prefix),
        ...(delimiter && { Delimiter: delimiter }),
        ...(token && { ContinuationToken: token }),
      };
      const page = await this.#send((client) => client.send(new ListObjectsV2Command(input)));
      yield page;
      token = page.NextContinuationToken;
    } while (token !== undefined);
  }

  /** Once more with fresh credentials, where those that were used have expired. */
  async #send<R>(request: (client: S3Client) => Promise<R>): Promise<R> {
    const client = this.#client;
    try {
      return await request(client);
    } catch (error) {
      if (!hasExpired(error)) throw error;
      // Not where another request has done so meanwhile.
      if (this.#client === client) this.#client = this.#connect(true);
      return await request(this.#client);
    }
  }

  #connect(renew: boolean): S3Client {
    const { region, endpoint, forcePathStyle, checksums, proxy } = this.settings;
    const agent = { keepAlive: true, maxSockets: CONNECTIONS, proxyEnv: proxyVariables(proxy) };
    const when = checksums === 'always' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
    return new S3Client({
      region,
      ...(endpoint && { endpoint }),
      // The staging processes do not have the environment that would name it.
      ignoreConfiguredEndpointUrls: true,
      forcePathStyle,
      maxAttempts: ATTEMPTS,
      requestChecksumCalculation: when,
      responseChecksumValidation: when,
      credentials: async () => {
        const { sessionToken, expiration, ...key } = await this.#askCredentials(renew);
        return { ...key, ...(sessionToken && { sessionToken }), ...(expiration && { expiration }) };
      },
      requestHandler: {
        connectionTimeout: CONNECT_MS,
        socketTimeout: SILENT_MS,
        httpAgent: new HttpAgent(agent),
        httpsAgent: new HttpsAgent(agent),
      },
    });
  }
}

/** An object that is written in parts, each of at least 5 MiB but for the last. */
export interface Upload {
  add(body: Buffer): Promise<void>;
  /** Adds another object, if it still is the one with that tag. */
  copy(from: string, etag: string): Promise<void>;
  complete(condition?: Condition): Promise<void>;
  abort(): Promise<void>;
}

/** Whether a write was refused because its condition is not met. */
export function isRefused(error: unknown): boolean {
  return codeOf(error) === 'PreconditionFailed' || codeOf(error) === 'status 412';
}

function hasExpired(error: unknown): boolean {
  const { isOwn, retry } = explain(error);
  return isOwn && retry === 'patiently' && codeOf(error) !== 'RequestTimeTooSkewed';
}

/** Whether the service has said why, after the attempts of the client. */
function isOfService(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata !== undefined;
}

function conditions(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

async function withoutConflicts<R>(write: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const isConflict = ['ConditionalRequestConflict', 'OperationAborted', 'status 409'];
      if (!isConflict.includes(codeOf(error)) || attempt === CONFLICT_ATTEMPTS) throw error;
      await delay(CONFLICT_WAIT_MS * attempt * (0.5 + Math.random()));
    }
  }
}

function proxyVariables({ httpProxy, httpsProxy, noProxy }: ProxySettings) {
  return {
    ...(httpProxy && { HTTP_PROXY: httpProxy }),
    // As with undici, which sends the requests to Braze.
    ...((httpsProxy ?? httpProxy) && { HTTPS_PROXY: httpsProxy ?? httpProxy ?? '' }),
    ...(noProxy && { NO_PROXY: noProxy }),
  };
}
