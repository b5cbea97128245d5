import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listen } from '../support/servers.ts';
import { startWorkerCase } from './worker-process.ts';

describe.concurrent('a worker that cannot start', () => {
  it.each(['healthAddress', 'metricsAddress'])(
    'a worker says what to do where its %s is in use',
    async (name) => {
      await using server = await startDeaf();
      const { port: taken } = server;
      await using test = await startWorkerCase({}, `${name}: 127.0.0.1:${taken}`);
      await expect(test.folder.startWorker()).rejects.toThrow(
        new RegExp(
          `worker\\.${name} 127\\.0\\.0\\.1:${taken} cannot be used .*Choose a free address`,
          's',
        ),
      );
    },
  );

  it('a worker says what to do where there is no Temporal', async () => {
    await using test = await startWorkerCase();
    const { folder } = test;
    await using server = await startDeaf();
    const { port } = server;
    await expect(folder.startWorker({ TEMPORAL_ADDRESS: `127.0.0.1:${port}` })).rejects.toThrow(
      `Temporal cannot be reached at 127.0.0.1:${port}`,
    );
  });

  it('a worker says what to do where there is no such namespace', async () => {
    await using test = await startWorkerCase();
    const { folder } = test;
    await expect(folder.startWorker({ TEMPORAL_NAMESPACE: 'nope' })).rejects.toThrow(
      'does not have the namespace "nope"',
    );
  });

  it('a worker says that an API key turns TLS on where its Temporal has none, and how to turn it off', async () => {
    await using test = await startWorkerCase();
    const { folder } = test;
    const TEMPORAL_API_KEY = 'hunter2';
    const failure = await folder.startWorker({ TEMPORAL_API_KEY }).catch((error: Error) => error);
    expect(String(failure)).toContain(
      'turns TLS on: if this server does not use TLS, unset the key or set',
    );
    expect(String(failure)).not.toContain(TEMPORAL_API_KEY);
    const worker = await folder.startWorker({ TEMPORAL_API_KEY, TEMPORAL_TLS: 'false' });
    expect(await worker.end('SIGTERM')).toBe(0);
  });

  it('a worker says where to look when its Temporal profile cannot be read', async () => {
    await using test = await startWorkerCase();
    const { folder } = test;
    const profile = join(folder.root, 'temporal.toml');
    await writeFile(profile, '');
    await expect(folder.startWorker({ TEMPORAL_CONFIG_FILE: profile })).rejects.toThrow(
      'temporal.toml: it needs a section [profile.default]',
    );
  });

  it('a worker lists what is wrong with its configuration', async () => {
    await using test = await startWorkerCase();
    const { folder } = test;
    await expect(folder.startWorker({ BRAZE_DATA_IMPORT_KEY: '' })).rejects.toThrow(
      'braze.main.dataImportKey: the environment variable BRAZE_DATA_IMPORT_KEY is empty',
    );
  });
});

/** Takes a port, and closes each connection at once. */
async function startDeaf() {
  const server = createServer((socket) => socket.destroy());
  const port = await listen(server);
  return { port, [Symbol.asyncDispose]: async () => void server.close() };
}
