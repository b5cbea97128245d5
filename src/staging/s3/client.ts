import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { S3Client } from '@aws-sdk/client-s3';
import type { ProxySettings } from '../../domain/connection-type.ts';
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

/**
 * Without a byte; the client begins to count after 3 s. With three attempts, a service that says nothing
 * is left before the 30 s are over after which an activity waits no longer.
 */
const SILENT_MS = 6_000;
const CONNECT_MS = 5_000;
/** Of a request. */
export const CLIENT_ATTEMPTS = 3;
/** Each lane of each export reads one file and the next. */
const CONNECTIONS = 64;

/** A client that never hangs, with the proxies of the configuration. */
export function connectClient(
  { region, endpoint, forcePathStyle, checksums, proxy }: BucketSettings,
  askCredentials: () => Promise<Credentials>,
): S3Client {
  const when = checksums === 'always' ? 'WHEN_SUPPORTED' : 'WHEN_REQUIRED';
  return new S3Client({
    region,
    ...(endpoint && { endpoint }),
    // The staging processes do not have the environment that would name it.
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle,
    maxAttempts: CLIENT_ATTEMPTS,
    requestChecksumCalculation: when,
    responseChecksumValidation: when,
    credentials: async () => {
      const { sessionToken, expiration, ...key } = await askCredentials();
      return { ...key, ...(sessionToken && { sessionToken }), ...(expiration && { expiration }) };
    },
    requestHandler: requestHandler(proxy),
  });
}

/** How a client of AWS connects: never for long to who does not answer, and by the proxies. */
export function requestHandler(proxy: ProxySettings) {
  const agent = { keepAlive: true, maxSockets: CONNECTIONS, proxyEnv: proxyVariables(proxy) };
  return {
    connectionTimeout: CONNECT_MS,
    socketTimeout: SILENT_MS,
    httpAgent: new HttpAgent(agent),
    httpsAgent: new HttpsAgent(agent),
  };
}

function proxyVariables({ httpProxy, httpsProxy, noProxy }: ProxySettings) {
  return {
    ...(httpProxy && { HTTP_PROXY: httpProxy }),
    // As with undici, which sends the requests to Braze.
    ...((httpsProxy ?? httpProxy) && { HTTPS_PROXY: httpsProxy ?? httpProxy ?? '' }),
    ...(noProxy && { NO_PROXY: noProxy }),
  };
}
