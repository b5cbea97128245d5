import { type Dispatcher, EnvHttpProxyAgent } from 'undici';
import type { ProxySettings } from '../domain/connection-type.ts';

const CONNECT_TIMEOUT_MS = 10_000;

export interface AgentOptions {
  readonly proxy: ProxySettings;
  /** At once, to each host; more requests wait for a free one. */
  readonly connections: number;
  /** Without a byte of the response's headers, or of its body. */
  readonly timeoutMs: number;
}

/** The pool of connections behind a source or a destination. */
export function createAgent({ proxy, connections, timeoutMs }: AgentOptions): Dispatcher {
  return new EnvHttpProxyAgent({
    httpProxy: proxy.httpProxy ?? '',
    httpsProxy: proxy.httpsProxy ?? '',
    noProxy: proxy.noProxy ?? '',
    connections,
    // With HTTP/2 all lanes share one connection, and a dead one is used again after each time-out.
    allowH2: false,
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
}
