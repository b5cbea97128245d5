import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { onOwnPort } from '../../scripts/temporal-cli/ports.ts';
import type { S3Access } from '../../scripts/versitygw/server.ts';
import { type Fault, passOn } from './s3-faults.ts';
import { listen } from './servers.ts';

const PORTS_FROM = 30_233;
const OF_CONNECTIONS = new Set<string | undefined>([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ERR_STREAM_UNABLE_TO_PIPE',
  'ERR_STREAM_PREMATURE_CLOSE',
]);

/** A request as S3 means it. */
export interface S3Request {
  /** That of HTTP; `LIST` is the GET that lists a bucket. */
  readonly method: 'GET' | 'PUT' | 'HEAD' | 'DELETE' | 'POST' | 'LIST';
  /** Of the object; the prefix for `LIST`; empty where the request is for the whole bucket. */
  readonly key: string;
}

/** Which requests; all of them where it says nothing. */
export interface Which {
  readonly method?: S3Request['method'];
  readonly key?: RegExp;
}

/** A fault that was ordered. */
export interface Order extends Disposable {
  /** How many requests have met it. */
  readonly met: () => number;
  /** No further request meets it; one that hangs goes on hanging. */
  readonly lift: () => void;
}

/** A front of an S3 server, in this process. Its access is that of the server but for the endpoint. */
export interface S3Front extends S3Access, AsyncDisposable {
  /**
   * The next requests that match meet the fault: so many `times`, else until it is lifted. Of several
   * orders the first one that matches counts.
   */
  readonly order: (which: Which, fault: Fault, times?: number) => Order;
  /** How many requests came, whether or not they met a fault. */
  readonly count: (which?: Which) => number;
  /** All connections break, and new ones are refused. */
  readonly away: () => Promise<void>;
  /** The opposite of `away`. */
  readonly back: () => Promise<void>;
}

interface Ordered {
  readonly which: Which;
  readonly fault: Fault;
  readonly times: number;
  met: number;
}

/** Starts a front that passes requests on to `server` as they come, but for the faults that are ordered. */
export async function startS3Front(server: S3Access): Promise<S3Front> {
  const requests: S3Request[] = [];
  const orders = new Set<Ordered>();

  const choose = (request: S3Request): Fault => {
    for (const ordered of orders) {
      if (ordered.met === ordered.times || !matches(request, ordered.which)) continue;
      ordered.met += 1;
      return ordered.fault;
    }
    return passOn;
  };
  const front = createServer(async (request, response) => {
    const url = new URL(request.url ?? '', server.endpoint);
    const { bucket, ...asked } = read(request, url);
    requests.push(asked);
    try {
      await choose(asked)({ request, response, url, bucket, key: asked.key });
    } catch (error) {
      if (!OF_CONNECTIONS.has((error as NodeJS.ErrnoException).code)) throw error;
      // A connection that one side breaks is broken for the other.
      request.socket.resetAndDestroy();
    }
  });
  const port = await onOwnPort(PORTS_FROM, (free) => listen(front, free));
  const away = async () => {
    if (!front.listening) return;
    front.close();
    front.closeAllConnections();
    await once(front, 'close');
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    region: server.region,
    accessKeyId: server.accessKeyId,
    secretAccessKey: server.secretAccessKey,
    order: (which, fault, times = Infinity) => {
      const ordered = { which, fault, times, met: 0 };
      orders.add(ordered);
      const lift = () => void orders.delete(ordered);
      return { met: () => ordered.met, lift, [Symbol.dispose]: lift };
    },
    count: (which = {}) => requests.filter((request) => matches(request, which)).length,
    away,
    back: async () => {
      await listen(front, port);
    },
    [Symbol.asyncDispose]: away,
  };
}

function read(request: IncomingMessage, url: URL): S3Request & { readonly bucket: string } {
  const [, bucket = '', ...rest] = decodeURIComponent(url.pathname).split('/');
  const prefix = url.searchParams.get('prefix') ?? '';
  if (url.searchParams.has('list-type')) return { bucket, method: 'LIST', key: prefix };
  return { bucket, method: request.method as S3Request['method'], key: rest.join('/') };
}

function matches(request: S3Request, { method, key }: Which): boolean {
  return (method ?? request.method) === request.method && (key?.test(request.key) ?? true);
}
