import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import type { ExportReport } from '../../src/domain/report.ts';
import { ensureSampleData } from '../sample-data.ts';
import { runChild } from '../setup/child.mjs';
import type { TemporalServer } from '../temporal-cli/dev-server.ts';
import { DemoError } from './demo-error.ts';
import { bypassProxies, temporalEnvironment } from './environment.ts';
import { expectedMembers } from './expected-members.ts';
import {
  addressArguments,
  appendVips,
  asTyped,
  callerDirectory,
  removeGermans,
  shellCommand,
  startArguments,
} from './export-request.ts';
import { compareMembers, describeDifferences, type Members } from './members.ts';
import { createRunFolder } from './run-folder.ts';
import { count, type Screen } from './screen.ts';
import { type RunningSandbox, Services } from './services.ts';
import { showReport } from './show-report.ts';
import { until } from './until.ts';
import { watchExport } from './watch-export.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Slow enough to watch: some 42 requests, five at once. */
const LATENCY_MS = 500;
const APPEND_ID = 'vips';
const REMOVE_ID = 'vips-without-germany';

export interface DemoOptions {
  readonly screen: Screen;
  /** Ends the demo, wherever it is. */
  readonly stop: AbortSignal;
  /** Ends the demo from within. */
  readonly fail: (error: Error) => void;
  /** Called when the cohort is as it should be; on a terminal the demo then waits for `stop`. */
  readonly onSuccess: () => void;
}

/**
 * Starts everything, exports, and compares the cohort with the query. Whatever happens, what was
 * started is stopped. @throws DemoError, or the reason of `stop`
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { screen, stop, fail } = options;
  bypassProxies(process.env);
  const folder = await createRunFolder(ROOT);
  const services = new Services({ folder, stop, fail });
  try {
    await tell(options, folder, services);
  } finally {
    if (screen.isTerminal) screen.line('\nStopping the worker, the sandbox and Temporal …');
    await services.stop();
  }
}

async function tell(options: DemoOptions, folder: string, services: Services): Promise<void> {
  const { screen, stop, onSuccess } = options;
  screen.line(
    'The rows of a query go into a Braze cohort, through Temporal: on this machine, with',
  );
  screen.line('sample data, and with a sandbox that stands in for Braze.');

  screen.heading('Starting');
  const { temporal, sandbox, data, environment } = await startAll(folder, services, screen, stop);

  const { report, handle } = await exportVips({ temporal, environment, folder, services, options });
  await showReport(report, screen);
  await check(report, sandbox, data, options);
  onSuccess();

  screen.heading('To look at');
  const workflows = `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows`;
  screen.field('this export', `${workflows}/${handle.workflowId}/${await runIdOf(handle)}/history`);
  screen.field('all exports', workflows);
  screen.field('the cohort', `${sandbox.url}/`);
  screen.field('logs', asTyped(folder));
  if (screen.isTerminal) await stayUp(temporal, folder, options);
  else {
    screen.line();
    screen.line('On a terminal, all this would stay up until Ctrl-C.');
  }
}

async function startAll(folder: string, services: Services, screen: Screen, stop: AbortSignal) {
  const data = await until(stop, ensureSampleData());
  screen.field('sample data', `50,000 customers and their orders, in ${asTyped(data)}`);
  const starting = services.startTemporal((line) => screen.field('', line));
  const startingSandbox = services.startSandbox(data, LATENCY_MS);
  const [temporal, sandbox] = await Promise.all([starting, startingSandbox]);
  screen.field('Temporal', `${temporal.address}, with its Web UI on ${temporal.uiUrl}`);
  screen.field('sandbox', `${sandbox.url}, which answers after ${LATENCY_MS} ms`);

  const configFile = join(folder, 'temporal.toml');
  await writeFile(configFile, '[profile.default]\n');
  const environment = temporalEnvironment(process.env, temporal.address, configFile);
  const health = await services.startWorker({ sandbox, dataDirectory: data, environment });
  screen.field('worker', `ready, as http://${health}/readyz says`);
  return { temporal, sandbox, data, environment };
}

async function exportVips(demo: {
  temporal: TemporalServer;
  environment: Record<string, string | undefined>;
  folder: string;
  services: Services;
  options: DemoOptions;
}) {
  const { temporal, environment, folder, services } = demo;
  const { screen, stop } = demo.options;
  const args = await startArguments(appendVips, APPEND_ID, folder, temporal.address);
  screen.heading('The query');
  screen.quote(appendVips.source.query);
  screen.heading('The command that starts its export');
  screen.quote(shellCommand(args));
  const { code, output } = await runChild(temporal.cliPath, args, {
    cwd: callerDirectory,
    env: environment,
    abort: stop,
  });
  stop.throwIfAborted();
  if (code !== 0)
    throw new DemoError(`The Temporal CLI could not start the export:\n${output.trim()}`);

  screen.heading('Its progress');
  const connection = await until(stop, Connection.connect({ address: temporal.address }));
  services.defer(() => connection.close());
  const client = new Client({ connection, namespace: temporal.namespace });
  const handle = client.workflow.getHandle(APPEND_ID);
  const report = await watchExport(handle, { screen, stop, workerLog: services.workerLog });
  return { report, handle };
}

async function runIdOf(handle: WorkflowHandle): Promise<string> {
  return (await handle.describe()).runId;
}

async function check(
  report: ExportReport,
  sandbox: RunningSandbox,
  data: string,
  { screen, stop }: DemoOptions,
): Promise<void> {
  screen.heading('Is it right?');
  const expected = await until(stop, expectedMembers(appendVips, data));
  const answer = await fetch(`${sandbox.url}/sandbox/cohorts/${appendVips.cohortId}/members`, {
    signal: stop,
  });
  if (!answer.ok) throw new DemoError(`The sandbox has no cohort ${appendVips.cohortId}.`);
  const differences = compareMembers(expected.members, (await answer.json()) as Members);
  if (differences.length > 0) {
    throw new DemoError(
      `The cohort is not what the query says:\n${describeDifferences(differences)}`,
    );
  }
  const { read, rejected } = expected.rows;
  if (report.rows.read !== read || report.rows.rejected !== rejected) {
    throw new DemoError(
      `The query gives ${read} rows, ${rejected} of them invalid; the report says ${report.rows.read} and ${report.rows.rejected}.`,
    );
  }
  const { userIds, deviceIds, aliases } = expected.members;
  const all = userIds.length + deviceIds.length + aliases.length;
  screen.success(
    `The cohort's ${count(all)} members are exactly those of the query, run apart from the export.`,
  );
}

async function stayUp(
  temporal: TemporalServer,
  folder: string,
  { screen, stop }: DemoOptions,
): Promise<void> {
  const removal = await startArguments(removeGermans, REMOVE_ID, folder, temporal.address);
  const query = ['workflow', 'query', '--type', 'progress', '--workflow-id', REMOVE_ID];
  screen.heading('To try, in another terminal');
  screen.line('  Take the customers in Germany out of the cohort, and ask how far that is:');
  screen.quote(shellCommand(removal));
  screen.quote(shellCommand([...query, ...addressArguments(temporal.address)]));
  screen.line();
  screen.line('Everything stays up until Ctrl-C.');
  if (!stop.aborted) await once(stop, 'abort');
  throw stop.reason;
}
