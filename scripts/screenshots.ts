import { mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  Client,
  Connection,
  type WorkflowHandle,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import type { Browser, Locator, Page } from 'playwright-core';
import type { Script } from '../src/command-line/command.ts';
import { runScript } from '../src/command-line/script.ts';
import type { Progress } from '../src/domain/report.ts';
import { runSummary } from '../src/domain/run-summary.ts';
import { openBrowser, openPage } from './browser.ts';
import { DemoError } from './demo/demo-error.ts';
import { bypassProxies, temporalEnvironment } from './demo/environment.ts';
import { appendVips, type DemoExport, EXAMPLES } from './demo/exports.ts';
import { createRunFolder } from './demo/run-folder.ts';
import { Services } from './demo/services.ts';
import { WebUi } from './demo/web-ui.ts';
import { ensureSampleData } from './sample-data.ts';

const SCREENSHOTS: Script = {
  call: 'npm run screenshots',
  operands: null,
  options: [],
  flags: [],
  summary: 'Takes the screenshots in docs/images again, with a real export and a real browser.',
  help: 'Needs Chromium: CHROMIUM_PATH, else /usr/bin/chromium.',
};
const ROOT = resolve(import.meta.dirname, '..');
const IMAGES = join(ROOT, 'docs/images');
/** So slow that the lanes fill most of the timeline. */
const LATENCY_MS = 1_500;
/** Of the 42 requests of the export: more than those of its first chunks. */
const RESPONSES_BEFORE_HANG = 36;
const HANGS_WITHIN_MS = 60_000;
/** The Web UI without its sidebar is about 1,400 wide. */
const WIDTH = 1_600;
const SANDBOX_WIDTH = 1_400;
const SANDBOX_HEIGHT = 780;
const MARGIN = 12;
/** What is on a page by then stays as it is. */
const SETTLE_MS = 1_000;

async function main(): Promise<number> {
  bypassProxies(process.env);
  const folder = await createRunFolder(ROOT);
  const failed = new AbortController();
  await using stack = new AsyncDisposableStack();
  const services = new Services({
    folder,
    stop: failed.signal,
    fail: (error) => failed.abort(error),
  });
  stack.defer(() => services.stop());
  const data = await ensureSampleData();
  const temporal = await services.startTemporal(console.log);
  const sandbox = await services.startSandbox(data, LATENCY_MS);
  const noProfiles = join(folder, 'temporal.toml');
  await writeFile(noProfiles, '[profile.default]\n');
  const environment = temporalEnvironment(process.env, temporal.address, noProfiles);
  await services.startWorker({ sandbox, dataDirectory: data, environment });

  const connection = await Connection.connect({ address: temporal.address });
  stack.defer(() => connection.close());
  const client = new Client({ connection });
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  await mkdir(IMAGES, { recursive: true });
  const webUi = new WebUi(temporal.uiUrl ?? '', temporal.namespace);
  const urlOf = ({ workflowId, firstExecutionRunId }: WorkflowHandleWithFirstExecutionRunId) =>
    webUi.run(workflowId, firstExecutionRunId);

  const finished = await startExport(client, appendVips);
  await finished.result();
  await photographTimeline(browser, `${urlOf(finished)}/timeline`);
  for (const example of EXAMPLES) await (await startExport(client, example)).result();
  await photographSandbox(browser, sandbox.url);
  await hangWhileSending(sandbox.url);
  const running = await startExport(client, appendVips);
  await untilThirdIsSent(running, failed.signal);
  await photographDetails(browser, `${urlOf(running)}/user-metadata`);
  await running.cancel();
  return 0;
}

function startExport(client: Client, { workflowId, input }: DemoExport) {
  return client.workflow.start('exportCohort', {
    taskQueue: 'cohort-export',
    workflowId,
    args: [input],
    staticSummary: runSummary(input) ?? workflowId,
  });
}

/** A run that waits for responses stays as it is, however long the browser takes. */
async function hangWhileSending(sandboxUrl: string): Promise<void> {
  const fault = { kind: 'hang', on: 'users', after: RESPONSES_BEFORE_HANG, times: 'always' };
  const response = await fetch(`${sandboxUrl}/sandbox/faults`, {
    method: 'POST',
    body: JSON.stringify(fault),
  });
  if (!response.ok) throw new Error(`The sandbox refused the fault: ${await response.text()}`);
}

async function untilThirdIsSent(handle: WorkflowHandle, stop: AbortSignal): Promise<void> {
  const deadline = Date.now() + HANGS_WITHIN_MS;
  for (;;) {
    stop.throwIfAborted();
    const { stage, chunks } = await handle.query<Progress>('progress');
    if (chunks.total > 0 && chunks.done >= chunks.total / 3) return;
    if (Date.now() > deadline) {
      const state = `${stage}, with ${chunks.done} of ${chunks.total} chunks`;
      throw new Error(`A third was not sent within ${HANGS_WITHIN_MS / 1_000} s: ${state}.`);
    }
    await delay(100);
  }
}

/** What the run shows while it is running. */
async function photographDetails(browser: Browser, url: string): Promise<void> {
  const page = await openPage(browser, WIDTH, 900);
  await page.goto(url);
  const details = page.locator('#user-metadata-current-details');
  await details.contentFrame().getByText('estimated end').waitFor();
  await photographRun(page, details, 'web-ui-details.png');
}

/** The run's input and result, and its activities with their labels. */
async function photographTimeline(browser: Browser, url: string): Promise<void> {
  const page = await openPage(browser, WIDTH, 1_800);
  await page.goto(url);
  await page.getByText('checkExport').first().waitFor();
  await photographRun(page, page.locator('#event-history-timeline-graph'), 'web-ui-run.png');
}

/** The page of a run from its heading down to an element, without the sidebar. */
async function photographRun(page: Page, last: Locator, name: string): Promise<void> {
  await delay(SETTLE_MS);
  const main = await boxOf(page.locator('main#content'));
  const top = (await boxOf(page.locator('main#content header'))).y - MARGIN;
  const end = await boxOf(last);
  const clip = { x: main.x, y: top, width: main.width, height: end.y + end.height + MARGIN - top };
  await page.screenshot({ path: join(IMAGES, name), clip });
}

async function boxOf(element: Locator) {
  const box = await element.first().boundingBox();
  if (box === null) throw new Error(`The Web UI has no ${element}: its pages have changed.`);
  return box;
}

async function photographSandbox(browser: Browser, url: string): Promise<void> {
  const page = await openPage(browser, SANDBOX_WIDTH, SANDBOX_HEIGHT);
  await page.goto(url);
  await page.getByRole('button', { name: appendVips.input.cohortId }).first().waitFor();
  await delay(SETTLE_MS);
  await page.screenshot({ path: join(IMAGES, 'sandbox.png') });
  await page.locator('#jobs').screenshot({ path: join(IMAGES, 'sandbox-jobs.png') });
}

// Neither the children nor what is awaited of them keep a process alive.
setInterval(() => undefined, 60_000);
try {
  process.exit(await runScript(SCREENSHOTS, process.argv.slice(2), main));
} catch (error) {
  console.error(error instanceof DemoError ? error.report() : error);
  process.exit(1);
}
