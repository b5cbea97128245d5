import { writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ServiceError } from '@temporalio/client';
import { asTyped } from '../../src/command-line/caller-directory.ts';
import { ensureSampleData } from '../sample-data.ts';
import { check } from './check.ts';
import { DemoError } from './demo-error.ts';
import { bypassProxies, temporalEnvironment } from './environment.ts';
import { appendVips, EXAMPLES, removeGermans, runSavedQuery } from './exports.ts';
import { connect, type Done, type Running, runBriefly, runExport } from './run-export.ts';
import { createRunFolder } from './run-folder.ts';
import type { Screen } from './screen.ts';
import { Services } from './services.ts';
import { addressArguments, shellCommand, startArguments } from './start-command.ts';
import { until } from './until.ts';
import { LISTS, WebUi } from './web-ui.ts';

const ROOT = resolve(import.meta.dirname, '../..');
/** Slow enough to watch: some 42 requests, five at once. */
const LATENCY_MS = 400;

export interface DemoOptions {
  readonly screen: Screen;
  /** Ends the demo, wherever it is. */
  readonly stop: AbortSignal;
  /** Ends the demo from within. */
  readonly fail: (error: Error) => void;
  /** Called when the cohorts are as they should be; on a terminal the demo then waits for `stop`. */
  readonly onSuccess: () => void;
}

/** A demo under way. */
interface Demo extends DemoOptions {
  readonly folder: string;
  readonly services: Services;
}

interface Started extends Running {
  /** The directory of the sample data. */
  readonly data: string;
}

/**
 * Starts everything, exports, and compares the cohorts with the queries. Whatever happens, what was
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
    throw new DemoError(`Temporal does not respond: ${error.message}.`, services.temporalLog);
  } finally {
    if (screen.isTerminal) screen.line('\nStopping the worker, the sandbox and Temporal …');
    await services.stop();
  }
}

async function tell(demo: Demo): Promise<void> {
  const { screen, stop } = demo;
  screen.line(
    'Exports the results of Treasure Data queries to Braze cohorts, through Temporal: on this',
  );
  screen.line(
    'machine, with sample data, and with a sandbox that stands in for Treasure Data and Braze.',
  );

  const started = await startAll(demo);
  const done: Done[] = [await runExport(appendVips, started)];
  for (const example of EXAMPLES) done.push(await runBriefly(example, started));
  await check(done, { screen, stop, sandboxUrl: started.sandbox.url, data: started.data });
  demo.onSuccess();

  await showLinks(started);
  if (screen.isTerminal) return await stayUp(started);
  screen.line();
  screen.line('On a terminal, everything would keep running until Ctrl-C.');
}

async function startAll({ screen, stop, services, folder }: Demo): Promise<Started> {
  screen.heading('Starting');
  const data = await until(stop, ensureSampleData());
  screen.field('sample data', `50,000 customers and their orders, in ${asTyped(data)}`);

  const starting = services.startTemporal((line) => screen.field('', line));
  const startingSandbox = services.startSandbox(data, LATENCY_MS);
  const [temporal, sandbox] = await Promise.all([starting, startingSandbox]);
  screen.field('Temporal', `${temporal.address}, with its Web UI on ${temporal.uiUrl}`);
  screen.field('sandbox', `${sandbox.url}, whose Braze responds after ${LATENCY_MS} ms`);

  // An empty profile, in place of the person's own, which may name another Temporal.
  const configFile = join(folder, 'temporal.toml');
  await writeFile(configFile, '[profile.default]\n');
  const environment = temporalEnvironment(process.env, temporal.address, configFile);
  const health = await services.startWorker({ sandbox, dataDirectory: data, environment });
  screen.field('worker', `ready (http://${health}/readyz)`);
  const client = await connect(temporal, stop);
  return { screen, stop, folder, services, temporal, sandbox, client, environment, data };
}

async function showLinks(started: Started): Promise<void> {
  const { screen, temporal, sandbox, folder, client } = started;
  const webUi = new WebUi(temporal.uiUrl ?? '', temporal.namespace);
  const { workflowId } = appendVips;
  const { runId } = await client.workflow.getHandle(workflowId).describe();
  screen.heading('Links');
  screen.field(`export ${workflowId}`, webUi.run(workflowId, runId));
  screen.field('all exports', webUi.list(LISTS.all));
  screen.field('with rejects', webUi.list(LISTS.rejected));
  screen.field('start form', webUi.startForm('cohort-export'));
  screen.field('sandbox', `${sandbox.url}/ shows cohorts, requests and Treasure Data's jobs`);
  screen.field('logs', asTyped(folder));
}

async function stayUp({ screen, stop, folder, temporal }: Started): Promise<void> {
  const { workflowId } = removeGermans;
  const removal = await startArguments(removeGermans, folder, temporal.address);
  const query = ['workflow', 'query', '--type', 'progress', '--workflow-id', workflowId];
  const saved = await startArguments(runSavedQuery, folder, temporal.address);
  screen.heading('Try this in another terminal');
  screen.line('  Remove the customers in Germany from the cohort, and query the progress:');
  screen.quote(shellCommand(removal));
  screen.quote(shellCommand([...query, ...addressArguments(temporal.address)]));
  screen.line('  Run a saved query of Treasure Data, which adds the aliases again:');
  screen.quote(shellCommand(saved));
  screen.line('  The same files without Treasure Data: put this into an input as its "source":');
  screen.quote(`{"type": "duckdb", "query": "SELECT email FROM 'example_cohort_table.csv'"}`);
  screen.line();
  screen.line('Everything keeps running until Ctrl-C.');
  await until(stop, new Promise(() => undefined));
}
