import { createServer } from 'node:http';
import { connect } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { forward } from './forward.ts';
import { listen } from './servers.ts';

/**
 * A proxy that passes on plain http, and remembers what it was asked for.
 * @param tunnelStatus how it responds to the request for a tunnel; it opens one with 200 only
 */
export async function startProxy(tunnelStatus = 502) {
  const asked: string[] = [];
  const paths: string[] = [];
  const server = createServer(async (request, response) => {
    const url = new URL(request.url ?? '');
    asked.push(url.host);
    paths.push(url.pathname);
    const answer = await forward(request, url);
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  server.on('connect', (request, socket) => {
    asked.push(request.url ?? '');
    if (tunnelStatus !== 200) {
      socket.end(`HTTP/1.1 ${tunnelStatus} No\r\n\r\n`);
      return;
    }
    const { hostname, port } = new URL(`http://${request.url}`);
    const far = connect(Number(port), hostname);
    socket.write('HTTP/1.1 200 OK\r\n\r\n');
    // A connection that one side breaks is broken for the other.
    for (const [from, to] of [
      [socket, far],
      [far, socket],
    ] as const) {
      pipeline(from, to).catch(() => to.destroy());
    }
  });
  const port = await listen(server);
  return { asked, paths, url: `http://127.0.0.1:${port}`, [Symbol.dispose]: () => server.close() };
}
