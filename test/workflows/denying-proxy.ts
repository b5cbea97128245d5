import { once } from 'node:events';
import { type ClientHttp2Session, connect, constants, createServer } from 'node:http2';
import type { AddressInfo } from 'node:net';

export interface DenyingProxy extends AsyncDisposable {
  readonly address: string;
  /** Which calls fail from now on, by names such as `GetSystemInfo`; those under way go on. */
  readonly deny: (isDenied: (call: string) => boolean) => void;
  /** How many calls it has denied. */
  readonly denied: () => number;
}

/** A way to Temporal on which some calls fail with a status of gRPC's; at first none. */
export async function startDenyingProxy(target: string, grpcStatus: number): Promise<DenyingProxy> {
  const sessions: ClientHttp2Session[] = [];
  let isDenied = (_call: string) => false;
  let denied = 0;
  const server = createServer();
  server.on('session', (near) => {
    const far = connect(`http://${target}`);
    sessions.push(far);
    far.on('error', () => near.destroy());
    near.on('error', () => far.destroy());
    near.on('close', () => far.close());
    near.on('stream', (stream, headers) => {
      if (isDenied(headers[':path']?.split('/').at(-1) ?? '')) {
        denied += 1;
        const status = { 'grpc-status': String(grpcStatus), 'grpc-message': 'denied' };
        stream.respond(
          { ':status': 200, 'content-type': 'application/grpc', ...status },
          { endStream: true },
        );
        return;
      }
      const request = far.request(headers);
      let trailers = {};
      request.on('response', (response, flags) => {
        const endStream = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
        if (!stream.destroyed) stream.respond(response, { endStream, waitForTrailers: !endStream });
        if (!endStream) request.pipe(stream);
      });
      request.on('trailers', (last) => {
        trailers = last;
      });
      stream.on('wantTrailers', () => stream.sendTrailers(trailers));
      stream.on('close', () => request.close());
      stream.on('error', () => request.close());
      request.on('error', () => stream.close());
      stream.pipe(request);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    deny: (next) => {
      isDenied = next;
    },
    denied: () => denied,
    [Symbol.asyncDispose]: async () => {
      for (const session of sessions) session.destroy();
      server.close();
    },
  };
}
