import { createServer, request as forward } from 'node:http';
import { listen } from './servers.ts';

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
  const port = await listen(server);
  return { asked, paths, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}
