import { errorCode } from '../domain/error-code.ts';
import type { Retry } from '../domain/failures.ts';

/** Certificates do not mend themselves: retrying for hours would only hide the reason. */
const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** How undici words the response of a proxy that does not pass the request on; it has no code for it. */
const PROXY_RESPONSE = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** The other side, as messages name it. */
export interface Peer {
  /** Such as `Braze`. */
  readonly name: string;
  /** Where its address stands in the configuration. */
  readonly setting: string;
  /** A sentence: what to do once a proxy lets requests pass. Empty where nothing is to be done. */
  readonly nextStep: string;
}

/** A request got no response. The message says why, from the code of undici, Node or OpenSSL. */
export class NoResponse extends Error {
  readonly retry: Retry;

  constructor(reason: unknown, peer: Peer) {
    const { message, retry } = explain(reason, peer);
    super(message);
    this.name = 'NoResponse';
    this.retry = retry;
  }
}

function explain(reason: unknown, peer: Peer): { message: string; retry: Retry } {
  const [, proxyStatus] = PROXY_RESPONSE.exec(reason instanceof Error ? reason.message : '') ?? [];
  if (proxyStatus !== undefined) return explainProxy(proxyStatus, peer);
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError';
  const code = isTimeout ? 'timeout' : errorCode(reason);
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

/** A proxy that refuses will refuse again; with any other status it may be the one in trouble. */
function explainProxy(status: string, peer: Peer): { message: string; retry: Retry } {
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
        message:
          `The proxy answered ${status}: ${refusal}, or reach the host directly by NO_PROXY. ${peer.nextStep}`.trim(),
        retry: 'never',
      };
}
