import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { findChromium, NO_CHROMIUM, openBrowser, openPage } from '../../scripts/browser.ts';
import { LISTS, WebUi } from '../../scripts/demo/web-ui.ts';
import { parseCron } from '../../src/schedules/cron/parse.ts';
import { temporalOptions } from '../../src/schedules/temporal/temporal-options.ts';
import { codes, table } from '../docs/pages.ts';
import { eventually } from './eventually.ts';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { startOne } from './scheduled-exports.ts';

const isThere = findChromium() !== null;
const webUi = new WebUi(process.env.TEST_WEB_UI ?? '', 'default');
const cohort = (name: string) => `${name}-${randomUUID().slice(0, 8)}`;
/** In the list "all of one cohort" of the docs. */
const VIPS = 'vips';
const BUSY = cohort('busy');
const FAILING = cohort('failing');
/** All requests of the first two of four chunks. */
const SENT_BEFORE_HANG = 18;

let exports: ExportEnvironment;
let browser: Browser;
let page: Page;
const runs: Record<string, WorkflowHandle> = {};

const users = (cohortId: string, count: number, more: object = {}) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${count}) t(i)` },
  cohortId,
  cohortName: 'VIPs of the last 90 days',
  operation: 'APPEND',
  threadCount: 2,
  ...more,
});
const query = (sql: string) => ({ source: { type: 'duckdb', query: sql } });

beforeAll(async () => {
  if (!isThere) return;
  exports = await startExports();
  const { control, start } = exports;
  await control.fault({
    kind: 'hang',
    on: 'users',
    cohortId: BUSY,
    after: SENT_BEFORE_HANG,
    times: 'always',
  });
  const down = { kind: 'status', status: 503, on: 'users', cohortId: FAILING, times: 'always' };
  await control.fault(down);
  runs.finished = await start({
    ...users(VIPS, 0, { skipOnInvalidRecord: true }),
    ...query("SELECT unnest(['ada', ' ', '\t']) AS user_ids"),
  });
  runs.failed = await start({ ...users(cohort('bad'), 0), ...query('SELECT 1 AS nobody') });
  runs.failing = await start(users(FAILING, 10));
  runs.running = await start(users(BUSY, 20_000));
  await eventually(async () => expect(await control.requestsFor(BUSY)).toBeGreaterThan(0));
  runs.waiting = await start(users(BUSY, 10));
  const ended = [runs.finished, runs.failed];
  await Promise.allSettled(ended.map((run) => run.result()));
  browser = await openBrowser();
  page = await openPage(browser, 1_500, 1_000);
});

beforeEach(({ skip }) => {
  if (!isThere) skip(NO_CHROMIUM);
});

afterAll(async () => {
  if (!isThere) return;
  await browser.close();
  const left = [runs.waiting, runs.failing, runs.running];
  await Promise.all(left.map((run) => run?.terminate()));
  await exports[Symbol.asyncDispose]();
});

/** By a link, as a click does: the Web UI then loads only what is new. */
async function visit(url: string): Promise<void> {
  if (page.url() === 'about:blank') {
    await page.goto(url);
    return;
  }
  const script = `
    const link = document.createElement('a');
    link.href = ${JSON.stringify(url)};
    document.body.append(link);
    link.click();
    link.remove();`;
  await page.evaluate(script);
}

async function visitRun(name: string, tab: string): Promise<WorkflowHandle> {
  const run = runs[name] as WorkflowHandle;
  const { runId } = await run.describe();
  await visit(`${webUi.run(run.workflowId, runId)}/${tab}`);
  await page.getByRole('heading', { name: run.workflowId }).waitFor();
  return run;
}

/** The text of the details of a run. */
async function detailsOf(name: string, until: RegExp): Promise<string> {
  await visitRun(name, 'user-metadata');
  const details = page.locator('#user-metadata-current-details').contentFrame().locator('main');
  await details.filter({ hasText: until }).waitFor();
  return (await details.textContent()) ?? '';
}

describe('the details of a run', () => {
  it('say of a running export how far it is, how fast, and when it ends', async () => {
    await eventually(async () =>
      expect((await exports.progress(runs.running as WorkflowHandle)).chunks.done).toBe(2),
    );
    const details = await detailsOf('running', /estimated end/);
    expect(details).toContain(`APPEND ${BUSY} · VIPs of the last 90 days (braze, connection main)`);
    expect(details).toContain('sending: APPEND with 2 concurrent requests');
    expect(details).toMatch(/identifiers sent\s*18,000\s*20,000/);
    expect(details).toMatch(/chunks\s*2\s*4\s*90%/);
    expect(details).toMatch(/About [\d,]+ identifiers a second; estimated end 20\d\d-.* UTC/);
  });

  it('say what an export waits for', async () => {
    const details = await detailsOf('waiting', /waiting:/);
    expect(details).toContain(
      `waiting: waiting for the lock of cohort ${BUSY} (main): the export ${runs.running?.workflowId} holds it`,
    );
  });

  it('say why an attempt failed and when the next one follows, with a link to the latest', async () => {
    const details = await detailsOf('failing', /Attempt \d+ of sendChunk failed/);
    expect(details).toMatch(/failed at 20\d\d-.* UTC: Braze answered 503/);
    expect(details).toMatch(/The next attempt follows at 20\d\d-.* UTC\./);
    const frame = page.locator('#user-metadata-current-details').contentFrame();
    const link = frame.getByRole('link', { name: 'Pending Activities' }).first();
    const pathname = new URL(page.url()).pathname.replace('user-metadata', 'pending-activities');
    expect(await link.getAttribute('href')).toBe(pathname);
  });

  it('say after the end which rows were rejected and why, as the result does', async () => {
    const details = await detailsOf('finished', /Rejected/);
    expect(details).toContain('finished: 1 identifiers sent');
    expect(details).toMatch(/2\s*user_ids\s*contains only white space/);
    expect(await runs.finished?.result()).toMatchObject({
      rejectReasons: [{ column: 'user_ids', reason: 'contains only white space', rows: 2 }],
    });
  });
});

describe('the page of a run', () => {
  it('labels chunks by what they send, and timers by what they wait for', async () => {
    await visitRun('running', 'timeline');
    const label = 'chunk 4 of 4 · 1,000 identifiers';
    await page.getByText(label).first().waitFor();
    await page.getByText(`waiting for the lock of ${BUSY}`).first().waitFor();
  });

  it('shows of a run that failed the type and the sentence, without scrolling', async () => {
    await visitRun('failed', 'timeline');
    for (const text of ['it has no identifier column', '"type": "MissingColumns"']) {
      const box = await page.locator('main').getByText(text).first().boundingBox();
      expect(box?.y).toBeLessThan(800);
    }
    expect(await page.locator('main').textContent()).not.toContain('stackTrace');
  });

  it('has the export and its schedule as the summary of a run that a schedule started', async () => {
    const { schedule } = parseCron('0 3 * * *');
    if (schedule === null) throw new Error('no cron expression');
    const scheduleId = `schedule-${randomUUID()}`;
    const settings = {
      scheduleId,
      cron: '0 3 * * *',
      timezone: 'Asia/Tokyo',
      overlap: 'skip',
      catchupWindow: '1h',
      pauseAfterFailures: 3,
    } as const;
    const input = users(VIPS, 10);
    const options = temporalOptions(settings, schedule, input, exports.taskQueue);
    const handle = await exports.client.schedule.create({ scheduleId, ...options });
    runs.scheduled = await startOne(exports, handle);
    await runs.scheduled.result();
    await visitRun('scheduled', 'user-metadata');
    const summary = page.locator('#user-metadata-summary').contentFrame().locator('main');
    const text = 'APPEND vips · VIPs of the last 90 days · 0 3 * * * Asia/Tokyo';
    await summary.filter({ hasText: text }).waitFor();
    await visit(`${webUi.schedules}/${scheduleId}`);
    await page.getByRole('link', { name: runs.scheduled.workflowId }).first().waitFor();
    await handle.delete();
  });
});

describe('the lists', () => {
  /** Which of the runs a query finds. */
  async function found(list: string): Promise<string[]> {
    const ids = new Set<string>();
    const ours = `${list} AND TaskQueue = "${exports.taskQueue}"`;
    for await (const { workflowId } of exports.client.workflow.list({ query: ours })) {
      ids.add(workflowId);
    }
    return Object.keys(runs)
      .filter((name) => ids.delete(runs[name]?.workflowId ?? ''))
      .concat(...ids);
  }

  it.each([
    ['all exports', ['failed', 'failing', 'finished', 'running', 'scheduled', 'waiting']],
    ['running', ['failing', 'running', 'waiting']],
    ['failed', ['failed']],
    ['all of one cohort', ['finished', 'scheduled']],
    ['with rejected rows', ['finished']],
    ['waiting for something', ['waiting']],
  ])('the docs have a query and a link for this one: %s', async (name, names) => {
    const rows = table('docs/web-ui.md', 'Lists');
    const [, code = '', link = ''] = rows.find(([title]) => title === name) ?? [];
    const [list = ''] = codes(code);
    await eventually(async () => expect((await found(list)).sort()).toEqual(names));
    const [, url = ''] = /\((.*)\)/.exec(link) ?? [];
    expect(new URL(url).searchParams.get('query')).toBe(list);
  });

  it('a list that is filtered by a search attribute shows those runs', async () => {
    await visit(webUi.list(`${LISTS.rejected} AND TaskQueue = "${exports.taskQueue}"`));
    await page
      .getByRole('link', { name: runs.finished?.workflowId ?? '' })
      .first()
      .waitFor();
    expect(await page.locator('table').textContent()).not.toContain(runs.running?.workflowId);
  });
});

it('the start form has the type and the task queue, and the input of an earlier export', async () => {
  await visit(webUi.startForm(exports.taskQueue));
  await expect.poll(() => page.locator('#taskQueue').inputValue()).toBe(exports.taskQueue);
  expect(await page.locator('#workflowType').inputValue()).toBe('exportCohort');
  await page.getByText('"cohortId"').first().waitFor();
});
