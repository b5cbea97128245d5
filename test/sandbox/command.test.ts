import { tmpdir } from 'node:os';
import { basename, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { start } from '../support/processes.ts';
import { startServer } from '../support/servers.ts';
import { eventually } from '../support/wait.ts';

const SCRIPT = fileURLToPath(new URL('../../scripts/sandbox.ts', import.meta.url));

function run(args: string[], env: Record<string, string> = {}) {
  return start([process.execPath, SCRIPT, ...args], { env: { ...process.env, ...env } });
}

async function ready(args: string[], env?: Record<string, string>) {
  const started = run(args, env);
  const [line] = await started.saw(/^.*\n/);
  return { ...started, line: JSON.parse(line) };
}

test('prints its URL and its keys in one line of JSON', async () => {
  const { line, child, ended } = await ready(['--port', '0', '--partner', 'segment']);
  expect(line).toEqual({
    url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
    braze: {
      partnerName: 'segment',
      partnerApiKey: expect.any(String),
      dataImportKey: expect.any(String),
    },
    treasureData: { apiKey: expect.stringMatching(/^\d+\/[0-9a-f]{40}$/) },
  });
  const { partnerApiKey, dataImportKey } = line.braze;
  const response = await fetch(`${line.url}/partners/segment/cohorts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      partner_api_key: partnerApiKey,
      client_secret: dataImportKey,
      cohort_id: 'vip',
      name: 'VIP',
      created_at: new Date().toISOString(),
    }),
  });
  expect(response.status).toBe(201);
  child.kill('SIGTERM');
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
});

test.each(['SIGTERM', 'SIGINT'] as const)(
  'ends with 0 on %s, even twice, and with requests hanging',
  async (signal) => {
    const { line, child, ended } = await ready(['--port', '0']);
    const fault = { method: 'POST', body: '{"kind":"hang"}' };
    expect((await fetch(`${line.url}/sandbox/faults`, fault)).status).toBe(201);
    const hanging = fetch(`${line.url}/partners/treasure_data/cohorts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    }).catch(() => 'cut off');
    await eventually(async () => {
      const stats = await fetch(`${line.url}/sandbox/stats`);
      expect(await stats.json()).toMatchObject({ inFlight: 1 });
    });
    child.kill(signal);
    child.kill(signal);
    expect(await ended).toMatchObject({ code: 0 });
    expect(await hanging).toBe('cut off');
  },
);

test('a port in use is an error that names it and says what to do', async () => {
  await using server = await startServer(() => undefined);
  const { port } = new URL(server.url);
  const { code, stdout, stderr } = await run(['--port', port]).ended;
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr).toContain(`Port ${port} is in use`);
  expect(stderr).toContain('--port');
});

test('without --port it takes the usual port, or a free one', async () => {
  const first = await ready([]);
  const second = await ready([]);
  expect(second.line.url).not.toBe(first.line.url);
  expect(second.stderr()).toContain('Port 8787 is in use');
  expect((await fetch(`${second.line.url}/sandbox/cohorts`)).status).toBe(200);
});

test.each([
  [['--port', 'http'], '--port must be a whole number from 0 to 65535'],
  [['--port', '65536'], '--port must be a whole number from 0 to 65535'],
  [['--port=-1'], '--port must be a whole number'],
  [['--port', '1e3'], '--port must be a whole number'],
  [['--port'], '--port'],
  [['--latency', 'fast'], '--latency must be a whole number from 0 to 600000'],
  [['--latency', '1.5'], '--latency must be a whole number'],
  [['--partner', 'a/b'], '--partner must be letters, digits'],
  [['--partner', ''], '--partner must be letters, digits'],
  [['--data', 'no/such/directory'], '--data must be an existing directory'],
  [['--data', SCRIPT], '--data must be an existing directory'],
  [['--verbose'], '--verbose'],
  [['8787'], '8787'],
])('rejects %j', async (args, complaint) => {
  const { code, stdout, stderr } = await run(args).ended;
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain(complaint);
  expect(stderr).toContain('Usage:');
});

test('--help lists the options', async () => {
  const { code, stdout, stderr } = await run(['--help']).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  for (const option of ['--port', '--data', '--latency', '--partner']) {
    expect(stdout).toContain(option);
  }
});

test('--data is relative to the caller’s directory, not to where npm runs', async () => {
  const { child, ended } = await ready(['--port', '0', '--data', basename(tmpdir())], {
    INIT_CWD: dirname(tmpdir()),
  });
  child.kill('SIGTERM');
  expect(await ended).toMatchObject({ code: 0 });
});
