import type { Chunk } from '../../domain/chunk-plan.ts';
import {
  type NamespaceId,
  type Reject,
  type SendProgress,
  type StagedKey,
  type StagedRequest,
  type StagedRows,
  type Staging,
  type StagingPlace,
  type StagingWriter,
  StoreNotSeen,
} from '../../domain/staging-port.ts';
import { isUuid, sendProgressFile } from '../layout.ts';
import { readStaged } from '../read-staged.ts';
import { SentLines } from '../sent-line.ts';
import type { OpenStaging } from '../store.ts';
import { Bucket } from './bucket.ts';
import type { AskCredentials, BucketSettings, Credentials } from './client.ts';
import { locationOf, manifestKey, ownerKey, rejectsKey, runPrefix, STORE_ID_KEY } from './keys.ts';
import { codeOf, DAMAGED, guardBucket, type Verb } from './s3-errors.ts';
import { committedIn } from './s3-manifest.ts';
import { S3SendProgress } from './s3-progress.ts';
import { addReject } from './s3-rejects.ts';
import { S3StagingWriter } from './s3-writer.ts';

/** Credentials as plain data. */
export interface PlainCredentials extends Omit<Credentials, 'expiration'> {
  /** ISO 8601. */
  readonly expiration?: string | undefined;
}

export const openStaging: OpenStaging<BucketSettings> = (settings, askSecrets) => {
  const askCredentials: AskCredentials = async (renew) => {
    const { expiration, ...key } = (await askSecrets(renew)) as PlainCredentials;
    return { ...key, ...(expiration && { expiration: new Date(expiration) }) };
  };
  return new S3Staging(new Bucket(settings, askCredentials));
};

/** Staging in a bucket. Locations are relative to the prefix of the configuration. */
export class S3Staging implements Staging {
  readonly setting = 'staging.s3';
  readonly suspect = 'that only the workers write to the bucket of staging.s3';
  readonly bucket: Bucket;
  /** One after another, as two of this worker would only get in the way of each other. */
  #adding: Promise<void> = Promise.resolve();

  constructor(bucket: Bucket) {
    this.bucket = bucket;
  }

  get place(): string {
    return this.bucket.addressOf('');
  }

  async requireStore(id: string): Promise<void> {
    const seen = await this.storeId();
    if (seen !== id) throw notSeen(seen);
  }

  async write(place: StagingPlace): Promise<StagingWriter> {
    const store = await this.storeId();
    // Not made here: a bucket that has lost its id was emptied, or is another one.
    if (store === null) throw notSeen(store);
    const location = locationOf(place);
    await this.guard('written', async () => {
      const { workflowId, namespace, namespaceId } = place;
      const owner = JSON.stringify({ workflowId, namespace, namespaceId });
      await this.bucket.put(ownerKey(place.exportRunId), owner);
      const committed = await this.#committed(store, location);
      if (committed?.location === location) await this.bucket.delete([manifestKey({ location })]);
    });
    return new S3StagingWriter(this.bucket, { store, location, namespaceId: place.namespaceId });
  }

  async committed(place: StagingPlace): Promise<StagedRows | null> {
    const store = await this.storeId();
    return store === null ? null : await this.#committed(store, locationOf(place));
  }

  read(staged: StagedKey, chunk: Chunk): AsyncIterable<StagedRequest> {
    return readStaged(this, staged, chunk);
  }

  async manifest(location: string): Promise<string | null> {
    return (await this.#object(manifestKey({ location })))?.toString() ?? null;
  }

  async file(location: string, name: string): Promise<Buffer | null> {
    return await this.#object(`${location}/${name}`);
  }

  async openSendProgress(staged: StagedKey, chunk: Chunk): Promise<SendProgress> {
    const key = `${staged.location}/${sendProgressFile(chunk)}`;
    return new S3SendProgress(this.bucket, key, new SentLines(staged, chunk));
  }

  rejectsOf({ location }: Pick<StagedKey, 'location'>, { namespaceId }: NamespaceId): string {
    return this.bucket.addressOf(rejectsKey(location, namespaceId));
  }

  async addReject(
    { location }: StagedKey,
    { namespaceId }: NamespaceId,
    reject: Reject,
  ): Promise<void> {
    const key = rejectsKey(location, namespaceId);
    const added = this.#adding.then(() => addReject(this.bucket, key, reject));
    this.#adding = added.catch(() => undefined);
    await this.guard('written', () => added);
  }

  async remove(exportRunId: string): Promise<void> {
    const owner = ownerKey(exportRunId);
    await this.guard('removed', async () => {
      // The owner last: if this is cut short, a sweep knows whose the rest is.
      await this.bucket.deleteBelow(runPrefix(exportRunId), (key) => key === owner);
      await this.bucket.delete([owner]);
    });
  }

  [Symbol.dispose](): void {
    this.bucket[Symbol.dispose]();
  }

  /** The id of the store; `null` where there is none. */
  protected async storeId(): Promise<string | null> {
    const id = (await this.#object(STORE_ID_KEY))?.toString() ?? '';
    return isUuid(id) ? id : null;
  }

  protected async guard<T>(verb: Verb, work: () => Promise<T>): Promise<T> {
    return await guardBucket(verb, this.place, work);
  }

  async #committed(store: string, location: string): Promise<StagedRows | null> {
    const key = manifestKey({ location });
    const text = (await this.#object(key))?.toString();
    return committedIn(text, store, key)?.staged ?? null;
  }

  /** One that does not have its own checksum is empty: that is never what somebody looks for. */
  async #object(key: string): Promise<Buffer | null> {
    return await this.guard('read', async () => {
      try {
        return (await this.bucket.get(key))?.body ?? null;
      } catch (error) {
        if (codeOf(error) === DAMAGED) return Buffer.alloc(0);
        throw error;
      }
    });
  }
}

function notSeen(seen: string | null): StoreNotSeen {
  const why =
    seen === null
      ? 'its staging store has no store/id: another prefix, or a bucket that was emptied. Once it is right, restart the worker'
      : 'its staging store is another one';
  return new StoreNotSeen(
    `This worker does not see the bucket of this export: ${why}. Let all workers of the task queue share one staging.s3.`,
  );
}
