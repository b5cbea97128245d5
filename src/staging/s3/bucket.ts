import {
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import {
  type AskCredentials,
  type BucketSettings,
  CLIENT_ATTEMPTS,
  connectClient,
} from './client.ts';
import { type Condition, conditions, withoutConflicts } from './conditions.ts';
import { codeOf, EXPIRED } from './s3-errors.ts';
import { startUpload, type Upload } from './upload.ts';

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
        if (attempt === CLIENT_ATTEMPTS || isOfService(error)) throw error;
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
    const isChecked = this.settings.checksums === 'always';
    const ask = <R>(command: (client: S3Client) => Promise<R>) => this.#send(command);
    return await startUpload(ask, this.#object(key), this.#encryption, isChecked);
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
    return connectClient(this.settings, () => this.#askCredentials(renew));
  }
}

function hasExpired(error: unknown): boolean {
  return EXPIRED.test(codeOf(error));
}

/** Whether the service has said why, after the attempts of the client. */
function isOfService(error: unknown): boolean {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata !== undefined;
}
