import { once } from 'node:events';
import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A proxy for plain http that passes everything on and remembers what it was asked for. */
export async function startProxy(tunnelStatus = 502) {
  const asked: string[] = [];
  const paths: string[] = [];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '');
    asked.push(url.host);
    paths.push(url.pathname);
    const { method, headers } = request;
    const upstream = forward(url, { method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    request.pipe(upstream);
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    socket.end(`HTTP/1.1 ${tunnelStatus} No\r\n\r\n`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return { asked, paths, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}
