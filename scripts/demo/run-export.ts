import { Client, Connection } from '@temporalio/client';
import type { SandboxAccess } from '../../sandbox/server.ts';
import { callerDirectory } from '../../src/command-line/caller-directory.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { runChild } from '../setup/child.mjs';
import type { TemporalServer } from '../temporal-cli/dev-server.ts';
import { DemoError } from './demo-error.ts';
import type { Example, QueryExport } from './exports.ts';
import { listCohorts } from './sandbox-cohorts.ts';
import { count, type Screen } from './screen.ts';
import type { Services } from './services.ts';
import { showReport } from './show-report.ts';
import { shellCommand, startArguments } from './start-command.ts';
import { until } from './until.ts';
import { watchExport } from './watch-export.ts';

/** An export that is over. */
export interface Done {
  readonly exported: QueryExport;
  readonly report: ExportReport;
}

/** What exports are run with. */
export interface Running {
  readonly screen: Screen;
  readonly stop: AbortSignal;
  readonly folder: string;
  readonly services: Services;
  readonly temporal: TemporalServer;
  readonly sandbox: SandboxAccess;
  readonly client: Client;
  /** For clients of this Temporal. */
  readonly environment: Record<string, string | undefined>;
}

/** The connection ends with this process: once closed, a retry that is due would throw in a timer. */
export async function connect(
  { address, namespace }: TemporalServer,
  stop: AbortSignal,
): Promise<Client> {
  const connection = await until(stop, Connection.connect({ address }));
  return new Client({ connection, namespace });
}

/** Runs an export and shows all its details. */
export async function runExport(exported: QueryExport, running: Running): Promise<Done> {
  const { screen } = running;
  screen.heading('Query');
  screen.quote(exported.input.source.query);
  const command = await prepare(exported, running);
  screen.heading('Command');
  screen.quote(shellCommand(command));
  screen.heading('Progress');
  await start(command, running);
  const report = await watchExport(handleOf(exported, running), running, 'full');
  await showReport(report, screen);
  return { exported, report };
}

/** Runs an export and shows it in a few lines. */
export async function runBriefly(exported: Example, running: Running): Promise<Done> {
  const { screen } = running;
  screen.heading(exported.title);
  screen.field('query', exported.input.source.query);
  const command = await prepare(exported, running);
  screen.quote(shellCommand(command));
  await start(command, running);
  const report = await watchExport(handleOf(exported, running), running, 'brief');
  const cohorts = await listCohorts(running.sandbox.url, running.stop);
  const size = cohorts.find((cohort) => cohort.cohortId === report.cohortId)?.size ?? 0;
  const { operation, cohortId } = report;
  const members = `the cohort ${cohortId} now has ${count(size)} members`;
  screen.field('result', `${operation}, ${kindsIn(report)} sent: ${members}`);
  return { exported, report };
}

function kindsIn({ identifiers: { userIds, deviceIds, aliases } }: ExportReport): string {
  const kinds = [
    { number: userIds, kind: 'user ids' },
    { number: deviceIds, kind: 'device ids' },
    { number: aliases, kind: 'aliases' },
  ];
  const sent = kinds.filter(({ number }) => number > 0);
  return sent.map(({ number, kind }) => `${count(number)} ${kind}`).join(' and ') || 'nothing';
}

function prepare(exported: QueryExport, { folder, temporal }: Running) {
  return startArguments(exported, folder, temporal.address);
}

/** With the Temporal CLI, as anybody could. */
async function start(command: readonly string[], running: Running): Promise<void> {
  const { stop, temporal, environment } = running;
  const options = { cwd: callerDirectory, env: environment, abort: stop };
  const { code, output } = await runChild(temporal.cliPath, command, options);
  stop.throwIfAborted();
  if (code !== 0) {
    throw new DemoError(`The Temporal CLI could not start the export:\n${output.trim()}`);
  }
}

function handleOf({ workflowId }: QueryExport, { client }: Running) {
  return client.workflow.getHandle(workflowId);
}
