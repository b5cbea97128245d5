import { isGrpcServiceError } from '@temporalio/client';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { TemporalSettings } from './settings.ts';

/** The status codes of gRPC: https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const INVALID_ARGUMENT = 3;
const DEADLINE_EXCEEDED = 4;
const PERMISSION_DENIED = 7;
const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** Temporal refused something or did not respond; the message says what to do. */
export class TemporalError extends Error {
  override readonly name = 'TemporalError';
}

/** Why a connection could not be made, in words that help a person. */
export function explainNoConnection(error: unknown, settings: TemporalSettings): Error {
  const explained = explainTemporal(error, settings);
  if (explained instanceof TemporalError) return explained;
  const { address, connectionOptions } = settings;
  const text = error instanceof Error ? error.message : String(error);
  const reason = /message: "([^"]+)"/.exec(text)?.[1] ?? text;
  // `true` is the SDK's doing; what a person sets is an object or `false`.
  const hint =
    connectionOptions.tls === true
      ? ' TEMPORAL_API_KEY (or api_key in the profile) turns TLS on: if this server does not use TLS, unset the key or set TEMPORAL_TLS=false.'
      : '';
  return new TemporalError(
    `Temporal cannot be reached at ${address} (${reason}). Start it, or set TEMPORAL_ADDRESS or TEMPORAL_PROFILE.${hint}`,
  );
}

/** The error in words that help a person; unchanged if it does not come from Temporal. */
export function explainTemporal(error: unknown, { address, namespace }: TemporalSettings): unknown {
  const where = `Temporal at ${address}`;
  const text = error instanceof Error ? error.message : String(error);
  if (error instanceof NamespaceNotFoundError || /Namespace .* (?:is|was) not found/.test(text)) {
    return new TemporalError(
      `${where} does not have the namespace "${namespace}", or these credentials cannot see it. Create it, or set TEMPORAL_NAMESPACE or TEMPORAL_PROFILE.`,
    );
  }
  const cause = causeOf(error);
  if (!isGrpcServiceError(cause)) return error;
  const reason = cause.details || cause.message;
  if (cause.code === UNAUTHENTICATED || cause.code === PERMISSION_DENIED) {
    const check = 'Check TEMPORAL_API_KEY, the certificates, or the profile.';
    return new TemporalError(`${where} refuses these credentials (${reason}). ${check}`);
  }
  if (cause.code === UNAVAILABLE || cause.code === DEADLINE_EXCEEDED) {
    return new TemporalError(
      `${where} did not respond (${reason}). Check whether the command took effect, then try again.`,
    );
  }
  const refused = cause.code === INVALID_ARGUMENT ? 'does not accept this' : 'failed';
  return new TemporalError(`${where} ${refused}: ${reason}.`);
}

/** Whether the credentials are known, but do not allow the call. */
export function isPermissionDenied(error: unknown): boolean {
  const cause = causeOf(error);
  return isGrpcServiceError(cause) && cause.code === PERMISSION_DENIED;
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause instanceof Error ? error.cause : error;
}
