import { errorCode } from '../domain/error-code.ts';
import type { Retry } from '../domain/failures.ts';

/** Certificates do not fix themselves: retrying for hours would only hide the reason. */
const CERTIFICATE_ERROR = /CERT|SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER/;

/** undici's message for a proxy that does not forward the request; there is no code for it. */
const PROXY_RESPONSE = /^Proxy (?:response|Authentication Required) \((\d{3})\)/;

/** The other side, as messages name it in the middle of a sentence. */
export interface Peer {
  /** Such as `Braze`. */
  readonly name: string;
  /** Where its address stands in the configuration. */
  readonly setting: string;
  /** A sentence: what to do once the proxy lets requests pass. Empty if there is nothing to do. */
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
      message: `The certificate of ${peer.name} was rejected (${code}). Check ${peer.setting}; if a proxy issues its own certificates, set NODE_EXTRA_CA_CERTS to the file of its root certificate.`,
      retry: 'never',
    };
  }
  return {
    message: `No response from ${peer.name} (${code}). If this continues, check ${peer.setting} and the proxy, if you use one.`,
    retry: 'backoff',
  };
}

/** A proxy that refuses will refuse again; with any other status it may be the one in trouble. */
function explainProxy(status: string, peer: Peer): { message: string; retry: Retry } {
  const refusals: Readonly<Record<string, string>> = {
    407: "it does not accept the worker's credentials. Correct them in HTTPS_PROXY or HTTP_PROXY (http://USER:PASSWORD@HOST:PORT) and restart the worker",
    403: `it does not allow the worker to reach ${peer.name}. Add the host of ${peer.setting} to its allow-list`,
  };
  const refusal = refusals[status];
  return refusal === undefined
    ? {
        message: `The proxy answered ${status} instead of connecting to ${peer.name}. If this continues, check the proxy and HTTPS_PROXY or HTTP_PROXY.`,
        retry: 'backoff',
      }
    : {
        message:
          `The proxy answered ${status}: ${refusal}, or bypass the proxy with NO_PROXY. ${peer.nextStep}`.trim(),
        retry: 'never',
      };
}
