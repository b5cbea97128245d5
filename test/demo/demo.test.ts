import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { repository } from '../support/folders.ts';
import {
  listProcesses,
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
const CTRL_C = '\x03';

let clone: string;
beforeAll(async () => {
  const giveBack = await takePorts(USUAL_PORTS);
  clone = join(realpathSync(mkdtempSync(join(tmpdir(), 'cohort-export-demo-'))), 'cohort-export');
  makeClone();
  return () => {
    giveBack();
    rmSync(dirname(clone), { recursive: true, force: true });
  };
});

/** Of this repository as it is now, with what is not committed yet. */
function makeClone(): void {
  git('clone', '--quiet', '--local', repository, clone);
  const changed = git('ls-files', '-z', '--modified', '--others', '--exclude-standard');
  for (const file of changed.split('\0').filter((name) => name !== '')) {
    const [from, to] = [join(repository, file), join(clone, file)];
    if (existsSync(from)) cpSync(from, to);
    else rmSync(to, { force: true });
  }
}

function git(...args: string[]): string {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: repository, encoding: 'utf8' });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout;
}

/** Nothing of the clone runs, nor the Temporal that the demo spoke of. */
function expectNothingLeft(stdout: string): void {
  const ofClone = listProcesses().filter(({ command }) => command.includes(`${clone}/`));
  expect(ofClone).toEqual([]);
  expect(temporalProcesses(stdout)).toEqual([]);
}

test('on a fresh clone, with the usual ports taken, it exports, checks and leaves nothing', async () => {
  const demo = startDemo(DEMO, clone);
  const { code, stdout, stderr } = await demo.ended;
  expect(stderr).toMatch(/^((setup|temporal-cli): .*\n)*$/);
  expect(code).toBe(0);

  const temporal = /Temporal +(127\.0\.0\.1:\d+), with its Web UI on http:/.exec(stdout)?.[1];
  expect(stdout.replaceAll(/ \\\n +/g, ' ')).toMatch(
    new RegExp(
      'npm run temporal -- workflow start --type exportCohort --task-queue cohort-export ' +
        `--workflow-id vips --input-file var/demo/\\d+/vips\\.json --address ${temporal} `,
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
  expectNothingLeft(stdout);
});

function resultsOf(stdout: string): string[] {
  return [...stdout.matchAll(/^ {2}result +(.*)$/gm)].map(([, result = '']) => result);
}

test('it fails where cohorts are not what the queries say', async () => {
  const demo = startDemo(DEMO, clone);
  const [, sandbox] = await demo.saw(/sandbox +(http:\S+\d)/);
  // Braze ignores whom it does not know: of these exports, everybody.
  const users = await fetch(`${sandbox}/sandbox/users`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: '{}',
  });
  expect(users.status).toBe(200);
  const { code, stdout, stderr } = await demo.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(
    /^\nThe cohort vips differs from its queries:\n {2}13127 user ids are missing/,
  );
  expect(stderr).toContain('\nThe cohort example differs from its queries:\n  4 user ids are');
  expect(stdout).not.toContain('exactly those');
  expectNothingLeft(stdout);
});

test('it says at once that its Temporal has died', async () => {
  const demo = startDemo(DEMO, clone);
  await demo.saw(/sending: 0 /);
  for (const { pid } of temporalProcesses(demo.stdout())) process.kill(pid, 'SIGKILL');
  const killedAt = Date.now();
  const { code, stdout, stderr } = await demo.ended;
  expect(code).toBe(1);
  expect(stderr).toMatch(/\nTemporal has ended \(ended by SIGKILL\)\.\n/);
  // Asked in vain, it would be noticed after some 40 s.
  expect(Date.now() - killedAt).toBeLessThan(25_000);
  expectNothingLeft(stdout);
});

test('SIGTERM stops it at once, given twice too', async () => {
  const demo = startDemo(DEMO, clone);
  const [, run] = await demo.saw(/var\/demo\/(\d+)\/vips[\s\S]*sending: 0 /);
  demo.child.kill('SIGTERM');
  process.kill(Number(run), 'SIGTERM');
  const { code, stdout } = await demo.ended;
  expect(code).toBe(143);
  expect(stdout).not.toContain('\nReport\n');
  expectNothingLeft(stdout);
});

test.runIf(hasScript)('on a terminal it stays up until Ctrl-C, which is a success', async () => {
  const demo = startDemo(SCRIPT, clone);
  await demo.saw(/Everything keeps running until Ctrl-C\./);
  demo.child.stdin?.write(CTRL_C);
  const { code, stdout } = await demo.ended;
  expect(code).toBe(0);
  // A terminal has two characters at the end of a line, and colours.
  const text = stripVTControlCharacters(stdout.replaceAll('\r\x1b[K', '\n')).replaceAll('\r', '');
  for (const line of RIGHT) expect(text).toContain(line);
  expect(text).toMatch(/\n {2}█+░* {2}sending: /);
  expectNothingLeft(stdout);
});

test.runIf(hasScript)('Ctrl-C ends it before that, pressed twice too', async () => {
  const demo = startDemo(SCRIPT, clone);
  await demo.saw(/sandbox +http:/);
  demo.child.stdin?.write(CTRL_C + CTRL_C);
  const { code, stdout } = await demo.ended;
  expect(code).toBe(130);
  expect(stdout).toContain('Stopping the worker, the sandbox and Temporal');
  expectNothingLeft(stdout);
});
