import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Connection } from '@temporalio/client';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import {
  startTemporalServer,
  type TemporalServerOptions,
} from '../../scripts/temporal-cli/dev-server.ts';
import { findTemporalCli } from '../../scripts/temporal-cli/find.ts';
import { isFree, loopback, nextFree } from '../../scripts/temporal-cli/ports.ts';
import { emptyFolder } from '../support/folders.ts';
import { fakeProgram, start } from '../support/processes.ts';
import { eventually } from '../support/wait.ts';

// A range of its own: neither a developer's worker nor another test may meet these servers.
const PORTS_FROM = 25_233;
const OWNER = fileURLToPath(new URL('./server-owner.ts', import.meta.url));
const MAKING_THE_CLI_MS = 30 * 60_000;

beforeAll(async () => {
  await findTemporalCli({ log: (line) => process.stderr.write(`${line}\n`) });
}, MAKING_THE_CLI_MS);

async function server(options: TemporalServerOptions = {}) {
  const started = await startTemporalServer({ portsFrom: PORTS_FROM, headless: true, ...options });
  onTestFinished(() => started.stop());
  return started;
}

const portOf = (address: string) => Number(address.split(':')[1]);

test('it responds, knows the search attributes, shows its page, and is gone after stop', async () => {
  const searchAttributes = { CohortId: 'Keyword', CohortRowsRejected: 'Int' };
  const started = await server({ searchAttributes, headless: false });
  expect(started).toMatchObject({ namespace: 'default' });
  expect((await fetch(started.uiUrl as string)).status).toBe(200);

  const connection = await Connection.connect({ address: started.address });
  const { customAttributes } = await connection.operatorService.listSearchAttributes({
    namespace: started.namespace,
  });
  await connection.close();
  expect(Object.keys(customAttributes ?? {})).toEqual(
    expect.arrayContaining(Object.keys(searchAttributes)),
  );

  await started.stop();
  expect(await isFree(portOf(started.address))).toBe(true);
  await started.stop();
});

test('two at once find different ports, and ignore TEMPORAL_*', async () => {
  const env = { ...process.env, TEMPORAL_ADDRESS: 'elsewhere:1', TEMPORAL_NAMESPACE: 'other' };
  const [one, two] = await Promise.all([server({ env }), server({ env })]);
  expect(one.address).not.toBe(two.address);
});

test('a requested port that is in use is an error that says so', async () => {
  const port = await nextFree(PORTS_FROM);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port, loopback, resolve));
  onTestFinished(() => void other.close());
  await expect(server({ port })).rejects.toThrow(
    `Port ${port} on ${loopback}, which is meant for Temporal, is in use`,
  );
  await expect(server({ headless: false, uiPort: port })).rejects.toThrow(
    "meant for Temporal's Web UI",
  );
});

test('a server that ends at once is an error with its last lines', async () => {
  await expect(server({ searchAttributes: { Bad: 'Nonsense' } })).rejects.toThrow(
    /ended at once \(exit code 1\)[\s\S]*invalid search attribute value type "Nonsense"/,
  );
});

test('it does not outlive a process that is killed', async () => {
  const port = await nextFree(PORTS_FROM + 100);
  const parent = start([process.execPath, OWNER, `${port}`]);
  await parent.saw(/ready/);
  expect(await isFree(port)).toBe(false);
  parent.child.kill('SIGKILL');
  await eventually(async () => expect(await isFree(port)).toBe(true));
});

test('stop ends one that ignores SIGTERM', async () => {
  // In front of the real CLI stands one that does not pass signals on.
  const { path } = await findTemporalCli();
  const stubborn = fakeProgram(
    join(emptyFolder(), 'temporal'),
    `[ "$1" = --version ] && exec "${path}" --version\ntrap '' TERM\n"${path}" "$@"`,
  );
  const started = await server({ env: { ...process.env, TEMPORAL_CLI_PATH: stubborn } });
  await started.stop();
  await eventually(async () => expect(await isFree(portOf(started.address))).toBe(true));
});
