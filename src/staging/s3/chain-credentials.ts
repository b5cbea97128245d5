import { setTimeout as delay } from 'node:timers/promises';
import { S3Client } from '@aws-sdk/client-s3';
import type { ProxySettings } from '../../domain/connection-type.ts';
import { type AskCredentials, type Credentials, requestHandler } from './client.ts';

/** A metadata service that is not there may say nothing. */
const WITHIN_MS = 20_000;

/**
 * The credentials of the SDK's own chain: the environment, a profile, web identity, a container, an
 * instance. They are kept until they expire, or until somebody says that they have.
 */
export function chainCredentials(region: string, proxy: ProxySettings): AskCredentials {
  // The chain asks STS by the handler of the client that it belongs to.
  const connect = () =>
    new S3Client({ region, requestHandler: requestHandler(proxy) }).config.credentials;
  let provider = connect();
  return async (renew) => {
    if (renew) provider = connect();
    const given = new AbortController();
    const late = delay(WITHIN_MS, null, { signal: given.signal }).catch(() => null);
    try {
      const credentials = await Promise.race<Credentials | null>([provider(), late]);
      if (credentials !== null) return credentials;
    } finally {
      given.abort();
    }
    const message = `no credentials within ${WITHIN_MS / 1_000} s`;
    throw Object.assign(new Error(message), { name: 'CredentialsProviderError' });
  };
}
