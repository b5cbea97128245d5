import type { Retry } from '../domain/failures.ts';

/** Certificates do not mend themselves: retrying for hours would only hide the reason. */
const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** How undici words the answer of a proxy that does not pass the request on; it has no code for it. */
const PROXY_ANSWER = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** The other side, as messages name it. */
export interface Peer {
  /** Such as `Braze`. */
  readonly name: string;
  /** Where its address stands in the configuration. */
  readonly setting: string;
}

/** Why a request got no answer, by the code of undici, Node or OpenSSL, and whether to try again. */
export function explainNoAnswer(error: unknown, peer: Peer): { message: string; retry: Retry } {
  const [, proxyStatus] = PROXY_ANSWER.exec(error instanceof Error ? error.message : '') ?? [];
  if (proxyStatus !== undefined) return proxyAnswered(proxyStatus, peer);
  const code = networkErrorCode(error);
  if (CERTIFICATE_ERROR.test(code)) {
    return {
      message: `The certificate of ${peer.name} was not accepted (${code}). Check ${peer.setting}; where a proxy signs its own certificates, name its root in NODE_EXTRA_CA_CERTS.`,
      retry: 'never',
    };
  }
  return {
    message: `${peer.name} did not answer (${code}). Check ${peer.setting} and, where there is one, the proxy, if this goes on.`,
    retry: 'backoff',
  };
}

/** A proxy that refuses will refuse again; with any other answer it may be the one in trouble. */
function proxyAnswered(status: string, peer: Peer): { message: string; retry: Retry } {
  const refusals: Readonly<Record<string, string>> = {
    407: 'it does not accept the credentials of the worker. Correct them in HTTPS_PROXY or HTTP_PROXY (http://USER:PASSWORD@HOST:PORT) and restart the worker',
    403: `it does not let the worker reach ${peer.name}. Have the host of ${peer.setting} allowed there`,
  };
  const refusal = refusals[status];
  return refusal === undefined
    ? {
        message: `The proxy answered ${status} instead of connecting to ${peer.name}. Look at the proxy, and at HTTPS_PROXY or HTTP_PROXY, if this goes on.`,
        retry: 'backoff',
      }
    : {
        message: `The proxy answered ${status}: ${refusal}, or reach the host directly by NO_PROXY. Then start the export again.`,
        retry: 'never',
      };
}

/** A connection that is refused on every address is an AggregateError without a code of its own. */
function networkErrorCode(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  if (error.name === 'TimeoutError') return 'timeout';
  if ('code' in error && typeof error.code === 'string') return error.code;
  if (error instanceof AggregateError) return networkErrorCode(error.errors[0]);
  return error.cause === undefined ? error.name : networkErrorCode(error.cause);
}
