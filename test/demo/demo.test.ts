import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, describe, expect, type TestContext, test } from 'vitest';
import { cloneRepository, setUp } from './clones.ts';
import {
  listProcesses,
  type Process,
  printedPorts,
  startDemo,
  takePorts,
  temporalProcesses,
} from './running-demo.ts';

const DEMO = ['npm', 'run', '--silent', 'demo'] as const;
const USUAL_PORTS = [7233, 8233, 8787];
const RIGHT = [
  '✓ vips: 41,262 members, exactly those of its query\n',
  '✓ example: 8 members, exactly those left by its 4 queries\n',
];
/** Of util-linux: it runs a command on a terminal of its own. Some shells would die of Ctrl-C there. */
const SCRIPT = ['script', '-qec', `exec ${DEMO.join(' ')}`, '/dev/null'] as const;
const hasScript = `${spawnSync(SCRIPT[0], ['--version']).stdout}`.includes('util-linux');
const NO_TERMINAL = 'there is no `script` of util-linux';
const CTRL_C = '\x03';
/** No identifier arrives while this holds. */
const ANSWERS_NOTHING = { kind: 'hang', on: 'users', times: 'always' };

let root: string;
let clone: string;
beforeAll(async () => {
  const giveBack = await takePorts(USUAL_PORTS);
  root = realpathSync(mkdtempSync(join(tmpdir(), 'cohort-export-demo-')));
  clone = join(root, 'cohort-export');
  return () => {
    giveBack();
    rmSync(root, { recursive: true, force: true });
  };
});

/** Nothing of the clone runs, nor the Temporal of its demo. */
function expectNothingLeft(temporal: readonly Process[]): void {
  const isLeft = (process: Process) =>
    process.command.includes(`${clone}/`) ||
    temporal.some(({ pid, command }) => pid === process.pid && command === process.command);
  expect(listProcesses().filter(isLeft)).toEqual([]);
}

test('on a fresh clone, with the usual ports taken, it exports, checks and leaves nothing', async () => {
  cloneRepository(clone);
  const demo = startDemo(DEMO, clone);
  await demo.saw(/sandbox +http:/);
  const temporal = temporalProcesses(demo.stdout());
  const { code, stdout, stderr } = await demo.ended;
  expect(stderr).toMatch(/^((setup|temporal-cli): .*\n)*$/);
  expect(code).toBe(0);

  const address = /Temporal +(127\.0\.0\.1:\d+), with its Web UI on http:/.exec(stdout)?.[1];
  expect(stdout.replaceAll(/ \\\n +/g, ' ')).toMatch(
    new RegExp(
      'npm run temporal -- workflow start --type exportCohort --task-queue cohort-export ' +
        '--workflow-id vips --input-file var/demo/\\d+/vips\\.json ' +
        `--static-summary 'APPEND vips · VIPs of the last 90 days' --address ${address} `,
    ),
  );
  // With the id of Treasure Data's job, which may be done so soon that it is not waited for.
  expect(stdout).toMatch(/\n {2}querying: .*\n/);
  expect(stdout).toMatch(/\n {2}(querying|staging): .*\b\d{8,}\n/);
  expect(stdout).toMatch(/\n {2}sending: [\d,]+ of 41,262 identifiers, \d+ of \d+ chunks\n/);
  expect(stdout).toContain('13,202 read: 13,166 accepted, 36 rejected');
  expect(stdout).toContain('41,262 sent');
  expect(stdout).toContain('row 823: has no identifier');
  expect(resultsOf(stdout)).toEqual([
    'APPEND, 4 user ids sent: the cohort example now has 4 members',
    'APPEND, 4 aliases sent: the cohort example now has 8 members',
    'APPEND, 4 device ids sent: the cohort example now has 12 members',
    'REMOVE, 4 aliases sent: the cohort example now has 8 members',
  ]);
  for (const line of RIGHT) expect(stdout).toContain(line);
  expect(stdout).not.toContain('\x1b');

  const ports = printedPorts(stdout);
  expect(ports).toHaveLength(4);
  for (const port of USUAL_PORTS) expect(ports).not.toContain(port);
  expect(temporal).not.toEqual([]);
  expectNothingLeft(temporal);
});

function resultsOf(stdout: string): string[] {
  return [...stdout.matchAll(/^ {2}result +(.*)$/gm)].map(([, result = '']) => result);
}

describe('once it is set up', () => {
  beforeAll(() => {
    if (!existsSync(clone)) cloneRepository(clone);
    setUp(clone);
  });

  async function startAgain(
    { onTestFinished }: TestContext,
    command: typeof DEMO | typeof SCRIPT = DEMO,
  ) {
    const demo = startDemo(command, clone, { whenFinished: onTestFinished });
    const [, sandbox = ''] = await demo.saw(/sandbox +(http:\S+\d)/);
    return { demo, sandbox, temporal: temporalProcesses(demo.stdout()) };
  }

  test('it fails where cohorts are not what the queries say', async (context) => {
    const { demo, sandbox, temporal } = await startAgain(context);
    // Braze ignores whom it does not know: of these exports, everybody.
    await tell(sandbox, 'PUT', 'users', {});
    const { code, stdout, stderr } = await demo.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^\nThe cohort vips differs from its queries:\n {2}13127 user ids are missing/,
    );
    expect(stderr).toContain('\nThe cohort example differs from its queries:\n  4 user ids are');
    expect(stdout).not.toContain('exactly those');
    expectNothingLeft(temporal);
  });

  test('it says at once that its Temporal has died', async (context) => {
    const { demo, sandbox, temporal } = await startAgain(context);
    await tell(sandbox, 'POST', 'faults', ANSWERS_NOTHING);
    await demo.saw(/sending: 0 /);
    for (const { pid } of temporal) process.kill(pid, 'SIGKILL');
    const { code, stderr } = await demo.ended;
    expect(code).toBe(1);
    // Asked in vain, it would be noticed later, and in other words.
    expect(stderr).toMatch(/\nTemporal exited \(ended by SIGKILL\)\.\n/);
    expectNothingLeft(temporal);
  });

  test('SIGTERM stops it at once, also when sent twice', async (context) => {
    const { demo, sandbox, temporal } = await startAgain(context);
    await tell(sandbox, 'POST', 'faults', ANSWERS_NOTHING);
    const [, run] = await demo.saw(/var\/demo\/(\d+)\/vips[\s\S]*sending: 0 /);
    demo.child.kill('SIGTERM');
    process.kill(Number(run), 'SIGTERM');
    const { code, stdout } = await demo.ended;
    expect(code).toBe(143);
    expect(stdout).not.toContain('\nReport\n');
    expectNothingLeft(temporal);
  });

  test('on a terminal it stays up until Ctrl-C, which is a success', async (context) => {
    context.skip(!hasScript, NO_TERMINAL);
    const { demo, temporal } = await startAgain(context, SCRIPT);
    await demo.saw(/Everything keeps running until Ctrl-C\./);
    demo.child.stdin?.write(CTRL_C);
    const { code, stdout } = await demo.ended;
    expect(code).toBe(0);
    // A terminal has two characters at the end of a line, and colours.
    const text = stripVTControlCharacters(stdout.replaceAll('\r\x1b[K', '\n')).replaceAll('\r', '');
    for (const line of RIGHT) expect(text).toContain(line);
    expect(text).toMatch(/\n {2}█+░* {2}sending: /);
    expectNothingLeft(temporal);
  });

  test('Ctrl-C stops it before that, also when pressed twice', async (context) => {
    context.skip(!hasScript, NO_TERMINAL);
    const { demo, temporal } = await startAgain(context, SCRIPT);
    demo.child.stdin?.write(CTRL_C + CTRL_C);
    const { code, stdout } = await demo.ended;
    expect(code).toBe(130);
    expect(stdout).toContain('Stopping the worker, the sandbox and Temporal');
    expectNothingLeft(temporal);
  });
});

/** Orders something of the sandbox. */
async function tell(sandbox: string, method: string, path: string, body: object): Promise<void> {
  const response = await fetch(`${sandbox}/sandbox/${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(response.ok, await response.text()).toBe(true);
}
