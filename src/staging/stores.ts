import type { ProxySettings } from '../domain/connection-type.ts';
import { DirectoryStaging } from './directory/directory-staging.ts';
import type { S3Settings } from './s3/section.ts';
import type { Store } from './store.ts';

/** Where to stage: one of the two. */
export interface StoreSettings {
  /** Absolute. */
  readonly directory?: string | undefined;
  readonly s3?: S3Settings | undefined;
}

/** The store of a configuration. Nothing is looked for there before `prepare`. */
export async function openStore(
  { directory, s3 }: StoreSettings,
  proxy: ProxySettings,
): Promise<Store> {
  if (s3 === undefined) return new DirectoryStaging(directory as string);
  // The client takes a tenth of a second and tens of megabytes.
  const { S3Store } = await import('./s3/s3-store.ts');
  return new S3Store({ ...s3, proxy });
}
