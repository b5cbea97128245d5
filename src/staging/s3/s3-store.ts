import { randomUUID } from 'node:crypto';
import { ExportError } from '../../domain/failures.ts';
import type { AskSecrets, PreparedStore, Store, StoreToOpen } from '../store.ts';
import { Bucket } from './bucket.ts';
import { chainCredentials } from './chain-credentials.ts';
import { checkBucket } from './check-bucket.ts';
import type { AskCredentials, BucketSettings } from './client.ts';
import { isRefused } from './conditions.ts';
import { STORE_ID_KEY } from './keys.ts';
import { lifecycleWarnings } from './lifecycle.ts';
import { guardBucket } from './s3-errors.ts';
import { type PlainCredentials, S3Staging } from './s3-staging.ts';
import { SweptBucket } from './swept-bucket.ts';

/** A bucket as a worker has it, with the credentials that the worker finds. */
export class S3Store extends S3Staging implements Store {
  readonly swept: SweptBucket;
  readonly #askCredentials: AskCredentials;

  constructor(
    settings: BucketSettings,
    askCredentials = chainCredentials(settings.region, settings.proxy),
  ) {
    super(new Bucket(settings, askCredentials));
    this.#askCredentials = askCredentials;
    this.swept = new SweptBucket(this.bucket);
  }

  get toOpen(): StoreToOpen {
    const { href } = new URL('./s3-staging.ts', import.meta.url);
    return { module: href, data: this.bucket.settings };
  }

  readonly askSecrets: AskSecrets = async (renew): Promise<PlainCredentials> => {
    const ask = () => this.#askCredentials(renew);
    const { expiration, accessKeyId, secretAccessKey, sessionToken } = await guardBucket(
      'written',
      this.place,
      ask,
    );
    return {
      accessKeyId,
      secretAccessKey,
      sessionToken,
      expiration: expiration?.toISOString(),
    };
  };

  async prepare(keepsForMs: number): Promise<PreparedStore> {
    await checkBucket(this.bucket);
    const warnings = await lifecycleWarnings(this.bucket, keepsForMs);
    const found = await this.storeId();
    if (found !== null) return { id: found, isNew: false, warnings };
    const isNew = await this.guard('prepared', () => this.#createId());
    const id = await this.storeId();
    if (id !== null) return { id, isNew, warnings };
    throw new ExportError(
      'StagingFailed',
      `The object ${this.bucket.addressOf(STORE_ID_KEY)} is damaged. Restore it; or, while no export is staging or sending, delete it and restart the workers.`,
    );
  }

  /** False where another worker was first. */
  async #createId(): Promise<boolean> {
    try {
      await this.bucket.put(STORE_ID_KEY, randomUUID(), 'absent');
      return true;
    } catch (error) {
      if (isRefused(error)) return false;
      throw error;
    }
  }
}
