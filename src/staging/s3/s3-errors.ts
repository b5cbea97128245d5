import { errorCode } from '../../domain/error-code.ts';
import { ExportError, type Retry } from '../../domain/failures.ts';
import { StoreNotSeen } from '../../domain/staging-port.ts';

export type Verb = 'prepared' | 'written' | 'read' | 'removed';

interface Explained {
  /** Such as `AccessDenied`: what S3 or the system calls it. */
  readonly code: string;
  /** As it stands after a colon. */
  readonly cure: string;
  readonly retry: Retry;
  /** Whether the cause may be this worker's own, so that another one can do it. */
  readonly isOwn: boolean;
}

interface Rule {
  readonly codes: RegExp;
  readonly cure: string;
  readonly retry: Retry;
  readonly isOwn?: boolean;
}

const CREDENTIALS = 'give the workers valid credentials (see docs/object-storage.md)';
const OUTAGE =
  'it did not answer in time, or did not answer as S3 does. If this continues, check staging.s3, the network and the proxy';

const DENIED: Rule = {
  codes: /^(AccessDenied|AllAccessDisabled|AccountProblem|MethodNotAllowed)$/,
  cure: 'the credentials of this worker may not do that: give them the rights that docs/object-storage.md lists, those of the KMS key included',
  retry: 'briefly',
  isOwn: true,
};

const NOT_ACCEPTED: Rule = {
  codes: /^(NotImplemented|InvalidRequest|InvalidArgument|XAmzContentSHA256Mismatch)$/,
  cure: 'it does not accept what this client sends. If it is not S3 itself, try checksums: whenRequired in staging.s3',
  retry: 'briefly',
};

/** Of an object whose content does not have the checksum that is kept with it. */
export const DAMAGED = 'ChecksumMismatch';

/** Credentials that were right: the worker may have new ones by now. */
export const EXPIRED = /^(ExpiredToken|ExpiredTokenException|TokenRefreshRequired|InvalidToken)$/;

/** The first one counts. What is not this worker's own is an outage, which may take hours. */
const RULES: readonly Rule[] = [
  {
    codes: /^NoSuchBucket$/,
    cure: 'there is no such bucket: correct bucket in staging.s3, or create it',
    retry: 'briefly',
    isOwn: true,
  },
  {
    codes: /^(PermanentRedirect|AuthorizationHeaderMalformed|IllegalLocationConstraintException)$/,
    cure: 'the bucket is in another region: correct region in staging.s3',
    retry: 'briefly',
    isOwn: true,
  },
  DENIED,
  {
    codes: /^(InvalidAccessKeyId|SignatureDoesNotMatch)$/,
    cure: `the credentials of this worker are not valid: ${CREDENTIALS}`,
    retry: 'briefly',
    isOwn: true,
  },
  {
    // Often an outage of what gives them; a set-up without any is found when the worker starts.
    codes: /^(CredentialsProviderError|TokenProviderError)$/,
    cure: `this worker found no credentials: ${CREDENTIALS}`,
    retry: 'patiently',
  },
  {
    codes: EXPIRED,
    cure: `the credentials of this worker have expired, and new ones were not found: ${CREDENTIALS}`,
    retry: 'patiently',
  },
  {
    codes: /^RequestTimeTooSkewed$/,
    cure: 'the clock of this worker is wrong: synchronize it, for example with NTP',
    retry: 'patiently',
    isOwn: true,
  },
  {
    codes: /^KMS\./,
    cure: 'the KMS key cannot be used: correct kmsKey in staging.s3, or enable the key',
    retry: 'briefly',
  },
  {
    codes: /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/,
    cure: 'its certificate was rejected: check endpoint in staging.s3; if the service or a proxy issues its own certificates, set NODE_EXTRA_CA_CERTS to the file of the root certificate',
    retry: 'briefly',
    isOwn: true,
  },
  {
    codes: /^(ChecksumMismatch|BadDigest|InvalidDigest)$/,
    cure: 'what arrived does not have the checksum that was sent with it: check the network and the service',
    retry: 'backoff',
  },
  NOT_ACCEPTED,
];

export function explain(error: unknown): Explained {
  const code = codeOf(error);
  const rule = RULES.find(({ codes }) => codes.test(code)) ?? ruleByStatus(statusOf(error));
  const { cure, retry, isOwn = false } = rule ?? { cure: OUTAGE, retry: 'patiently' };
  return { code, cure, retry, isOwn };
}

/** Of what has a code that is not known. */
function ruleByStatus(status = 0): Rule | undefined {
  if (status === 403) return DENIED;
  // A service that is busy, or that somebody else writes to, may answer otherwise next time.
  return [400, 405, 411, 413, 414, 501].includes(status) ? NOT_ACCEPTED : undefined;
}

/** Does work in the bucket. @throws ExportError `StagingFailed` */
export async function guardBucket<T>(
  verb: Verb,
  place: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ExportError ? error : bucketFailed(verb, place, error);
  }
}

/** A failed request, without the service's own words, which may hold a key. */
function bucketFailed(verb: Verb, place: string, error: unknown): ExportError {
  const { code, cure, retry, isOwn } = explain(error);
  const message = `The staged rows in ${place} could not be ${verb} (${code}): ${cure}.`;
  // Another worker may be able to; while rows are staged, that is found by trying again.
  if (verb === 'read' && isOwn) return new StoreNotSeen(message);
  return new ExportError('StagingFailed', message, retry);
}

/** Such as `NoSuchKey` or `ECONNREFUSED`; the status where the service gave no name. */
export function codeOf(error: unknown): string {
  // The client has no name for it.
  if (error instanceof Error && error.message.startsWith('Checksum mismatch')) return DAMAGED;
  const code = errorCode(error);
  const status = statusOf(error);
  const isNameless = /^(Error|Unknown|UnknownError|\d+)$/.test(code);
  return isNameless && status !== undefined ? `status ${status}` : code;
}

function statusOf(error: unknown): number | undefined {
  const { $metadata } = error as { readonly $metadata?: { readonly httpStatusCode?: number } };
  return $metadata?.httpStatusCode;
}
