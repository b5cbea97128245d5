import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { Client, Connection, ServiceError, type WorkflowHandle } from '@temporalio/client';
import type { ExportReport } from '../../src/domain/report.ts';
import { ensureSampleData } from '../sample-data.ts';
import { runChild } from '../setup/child.mjs';
import type { TemporalServer } from '../temporal-cli/dev-server.ts';
import { asTyped, callerDirectory } from './caller.ts';
import { DemoError } from './demo-error.ts';
import { bypassProxies, temporalEnvironment } from './environment.ts';
import { expectedMembers } from './expected-members.ts';
import {
  addressArguments,
  appendVips,
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

/** A demo under way. */
interface Demo extends DemoOptions {
  readonly folder: string;
  readonly services: Services;
}

interface Started {
  readonly temporal: TemporalServer;
  readonly sandbox: RunningSandbox;
  /** The directory of the sample data. */
  readonly data: string;
  /** For clients of this Temporal. */
  readonly environment: Record<string, string | undefined>;
}

/**
 * Starts everything, exports, and compares the cohort with the query. Whatever happens, what was
 * started is stopped.
 * @throws DemoError, or the reason of `stop`
 */
export async function runDemo(options: DemoOptions): Promise<void> {
  const { screen, stop, fail } = options;
  bypassProxies(process.env);
  const folder = await createRunFolder(ROOT);
  const services = new Services({ folder, stop, fail });
  try {
    await tell({ ...options, folder, services });
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    throw new DemoError(`Temporal does not answer: ${error.message}.`, services.temporalLog);
  } finally {
    if (screen.isTerminal) screen.line('\nStopping the worker, the sandbox and Temporal …');
    await services.stop();
  }
}

async function tell(demo: Demo): Promise<void> {
  const { screen, folder } = demo;
  screen.line(
    'The rows of a query go into a Braze cohort, through Temporal: on this machine, with',
  );
  screen.line('sample data, and with a sandbox that stands in for Braze.');

  const started = await startAll(demo);
  const handle = await startExport(demo, started);
  const report = await watchExport(handle, demo);
  await showReport(report, screen);
  await check(demo, started, report);
  demo.onSuccess();

  const { temporal, sandbox } = started;
  const workflows = `${temporal.uiUrl}/namespaces/${temporal.namespace}/workflows`;
  const { runId } = await handle.describe();
  screen.heading('To look at');
  screen.field('this export', `${workflows}/${handle.workflowId}/${runId}/history`);
  screen.field('all exports', workflows);
  screen.field('the cohort', `${sandbox.url}/`);
  screen.field('logs', asTyped(folder));
  if (screen.isTerminal) return await stayUp(demo, temporal);
  screen.line();
  screen.line('On a terminal, all this would stay up until Ctrl-C.');
}

async function startAll({ screen, stop, services, folder }: Demo): Promise<Started> {
  screen.heading('Starting');
  const data = await until(stop, ensureSampleData());
  screen.field('sample data', `50,000 customers and their orders, in ${asTyped(data)}`);

  const starting = services.startTemporal((line) => screen.field('', line));
  const startingSandbox = services.startSandbox(data, LATENCY_MS);
  const [temporal, sandbox] = await Promise.all([starting, startingSandbox]);
  screen.field('Temporal', `${temporal.address}, with its Web UI on ${temporal.uiUrl}`);
  screen.field('sandbox', `${sandbox.url}, which answers after ${LATENCY_MS} ms`);

  // A file that holds nothing, in place of the person's own, which may name another Temporal.
  const configFile = join(folder, 'temporal.toml');
  await writeFile(configFile, '[profile.default]\n');
  const environment = temporalEnvironment(process.env, temporal.address, configFile);
  const health = await services.startWorker({ sandbox, dataDirectory: data, environment });
  screen.field('worker', `ready, as http://${health}/readyz says`);
  return { temporal, sandbox, data, environment };
}

/** Starts the export with the Temporal CLI, as anybody could. */
async function startExport(
  { screen, stop, services, folder }: Demo,
  { temporal, environment }: Started,
): Promise<WorkflowHandle> {
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
  if (code !== 0) {
    throw new DemoError(`The Temporal CLI could not start the export:\n${output.trim()}`);
  }
  const connection = await until(stop, Connection.connect({ address: temporal.address }));
  services.defer(() => connection.close());
  const client = new Client({ connection, namespace: temporal.namespace });
  return client.workflow.getHandle(APPEND_ID);
}

async function check(
  { screen, stop }: Demo,
  { sandbox, data }: Started,
  report: ExportReport,
): Promise<void> {
  screen.heading('Is it right?');
  const expected = await until(stop, expectedMembers(appendVips, data));
  const { cohortId } = appendVips;
  const answer = await fetch(`${sandbox.url}/sandbox/cohorts/${cohortId}/members`, {
    signal: stop,
  });
  if (!answer.ok) throw new DemoError(`The sandbox has no cohort ${cohortId}.`);
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

async function stayUp({ screen, stop, folder }: Demo, temporal: TemporalServer): Promise<void> {
  const removal = await startArguments(removeGermans, REMOVE_ID, folder, temporal.address);
  const query = ['workflow', 'query', '--type', 'progress', '--workflow-id', REMOVE_ID];
  screen.heading('To try, in another terminal');
  screen.line('  Take the customers in Germany out of the cohort, and ask how far that is:');
  screen.quote(shellCommand(removal));
  screen.quote(shellCommand([...query, ...addressArguments(temporal.address)]));
  screen.line();
  screen.line('Everything stays up until Ctrl-C.');
  await until(stop, new Promise(() => undefined));
}
