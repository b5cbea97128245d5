import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { readCommandLine } from '../../../src/command-line/read-command-line.ts';
import { SCHEDULE_PROGRAM } from '../../../src/schedules/commands/program.ts';
import { repository } from '../../support/folders.ts';
import { schedule, spawnSchedule } from './schedule-command.ts';

async function preview(...args: string[]) {
  const { code, stdout, stderr } = await schedule(['preview', ...args]);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return { instants: JSON.parse(stdout) as string[], stderr };
}

test('--json is an array of instants in UTC and nothing else, from --from on', async () => {
  const tokyo = ['--timezone', 'Asia/Tokyo', '--from', '2026-11-23T03:00'];
  const { instants, stderr } = await preview('--json', '--cron', '0 3 * * *', ...tokyo);
  expect(instants.slice(0, 2)).toEqual(['2026-11-22T18:00:00.000Z', '2026-11-23T18:00:00.000Z']);
  expect(instants).toHaveLength(10);
  expect(stderr).toBe('');
});

test('a time that the clocks skip does not run, one that they show twice runs twice', async () => {
  const berlin = ['--cron', '30 2 * * *', '--timezone', 'Europe/Berlin', '--count', '3', '--json'];
  expect((await preview(...berlin, '--from', '2026-10-24T12:00')).instants).toEqual([
    '2026-10-25T00:30:00.000Z',
    '2026-10-25T01:30:00.000Z',
    '2026-10-26T01:30:00.000Z',
  ]);
  expect((await preview(...berlin, '--from', '2027-03-27')).instants).toEqual([
    '2027-03-27T01:30:00.000Z',
    '2027-03-29T00:30:00.000Z',
    '2027-03-30T00:30:00.000Z',
  ]);
});

test('warnings go to stderr: the field that is ignored, the night that Temporal gets wrong', async () => {
  const from = ['--from', '2026-10-01', '--count', '1', '--json'];
  const days = await preview('--cron', '0 0 1 * 1', ...from);
  expect(days.stderr).toMatch(/^Warning: The day of month "1" is ignored/);
  expect(days.instants).toEqual(['2026-10-05T00:00:00.000Z']);
  const night = (hour: number, zone: string) =>
    preview('--cron', `30 ${hour} * * *`, '--timezone', zone, ...from);
  // What the server makes of these was measured; see docs/schedules.md.
  expect((await night(1, 'Europe/Berlin')).stderr).toMatch(/night of Sun 2026-10-25 .* wrong/);
  expect((await night(3, 'Europe/Berlin')).stderr).toBe('');
  expect((await night(1, 'America/New_York')).stderr).toBe('');
});

test('for people: the sentence, local time with the weekday, UTC, and clock changes', async () => {
  const args = ['preview', '--cron', '30 2 * * *', '--timezone', 'Europe/Berlin', '--count', '2'];
  const { code, stdout } = await schedule([...args, '--from', '2026-10-25']);
  expect(code).toBe(0);
  expect(stdout).toBe(`"30 2 * * *" in Europe/Berlin: at 02:30 every day

  Europe/Berlin         UTC
  Sun 2026-10-25 02:30  2026-10-25T00:30:00.000Z  the first of two: the clocks go back
  Sun 2026-10-25 02:30  2026-10-25T01:30:00.000Z  the second of two: the clocks go back

Clock changes
  Sun 2026-10-25: the clocks show 02:30 twice: 1 extra run (2026-10-25T00:30:00.000Z and 2026-10-25T01:30:00.000Z)
  Sun 2027-03-28: the clocks skip 02:30: 1 run fewer
`);
});

test('a schedule in UTC has one column of times', async () => {
  const { stdout } = await schedule([
    'preview',
    '--cron',
    '@daily',
    '--from',
    '2026-11-22',
    '--count',
    '1',
  ]);
  expect(stdout).toBe(`"@daily" in UTC: at 00:00 every day

  UTC
  Sun 2026-11-22 00:00
`);
});

test('an empty expression has no runs', async () => {
  expect((await preview('--json', '--cron', '')).instants).toEqual([]);
  const { stdout } = await schedule(['preview', '--cron', '']);
  expect(stdout).toBe('"" in UTC: never on a schedule, only by hand\n');
});

test.each([
  [['preview', '--cron', '0 0 32 * *'], /day of month "32".*\n {4}0 0 32 \* \*\n {8}\^\^\n$/],
  [['preview', '--cron', '0 0 31 2 *'], /would never run/],
  [['preview', '--cron', '@daily', '--timezone', 'Tokyo'], /^--timezone: .*"Asia\/Tokyo"/],
  [['preview', '--cron', '@daily', '--count', '0'], /^--count "0" must be a whole number/],
  [['preview', '--cron', '@daily', '--from', 'now'], /^--from "now" is not a valid time/],
  [['apply', 'not-there.yaml'], /^not-there\.yaml: there is no such file/],
])(
  '%j is not valid: exit code 2, a message on stderr, nothing on stdout',
  async (args, message) => {
    const { code, stdout, stderr } = await schedule(args);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(message);
  },
);

test.each([
  [['preview'], /^preview: Missing option --cron\.\n\nUsage: npm run schedule -- preview/],
  [['preview', '--cron', '@daily', '--zone', 'UTC'], /^preview: Unknown option '--zone'/],
  [['preview', '0 0 * * *'], /^preview: Unexpected argument "0 0 \* \* \*"/],
  [['aply', 'x.yaml'], /^Unknown command "aply" \(did you mean "apply"\?\)/],
  [[], /^Missing command\./],
  [['apply'], /^apply: Missing argument FILE\.yaml/],
  [['describe', 'a', 'b'], /^describe: Unexpected argument "b": only one ID is allowed\./],
  [['backfill', 'a', '--from', '2026-11-22'], /^backfill: Missing option --to/],
])('%j is wrong usage, and the message shows the right one', (args, message) => {
  expect(() => readCommandLine(SCHEDULE_PROGRAM, args)).toThrow(message);
  expect(() => readCommandLine(SCHEDULE_PROGRAM, args)).toThrow(/Usage: npm run schedule -- /);
});

test('wrong usage ends the process with exit code 2, and nothing on stdout', async () => {
  const { code, stdout, stderr } = await spawnSchedule(['preview']);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toMatch(/^preview: Missing option --cron\.\n/);
});

const NAMES = 'apply list describe pause resume trigger backfill delete preview'.split(' ');

test('--help lists every command', async () => {
  const { code, stdout } = await schedule(['--help']);
  expect(code).toBe(0);
  for (const name of NAMES) expect(stdout).toContain(`\n  ${name}`);
});

test.each(NAMES)('the help of %s has its usage, options, examples and variables', async (name) => {
  const { code, stdout } = await schedule([name, '--help']);
  expect(code).toBe(0);
  expect(stdout).toMatch(new RegExp(`^Usage: npm run schedule -- ${name}\\b.*\n\n[A-Z].*\\.\n`));
  expect(stdout).toContain('\n  --json');
  expect(stdout.includes('TEMPORAL_ADDRESS')).toBe(name !== 'preview');
  expect(stdout.includes('COHORT_EXPORT_CONFIG')).toBe(name === 'apply');
  expect(await schedule(['help', name])).toMatchObject({ stdout });
  // Lines that a terminal of the usual width does not break.
  expect(stdout.split('\n').filter((line) => line.length > 110)).toEqual([]);
  const [, examples = ''] = /\nExamples?:\n((?: {2}.*\n)+)/.exec(stdout) ?? [];
  for (const example of examples.trim().split('\n')) {
    const [, typed = ''] = /^ *npm run schedule -- (.*)$/.exec(example) ?? [];
    const args = [...typed.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, word]) => quoted ?? word);
    expect(readCommandLine(SCHEDULE_PROGRAM, args as string[])).toMatchObject({
      command: { name },
    });
  }
});

test('settings of Temporal that cannot be used are wrong usage, not a crash', async () => {
  const { code, stderr } = await schedule(['list'], repository, { TEMPORAL_PROFILE: 'not-there' });
  expect([code, stderr]).toEqual([2, expect.stringContaining('TEMPORAL_PROFILE')]);
});

test('a Temporal that does not respond is reported within seconds, with exit code 1', async () => {
  const { code, stdout, stderr } = await spawnSchedule(['list', '--json'], {
    TEMPORAL_ADDRESS: '127.0.0.1:1',
    TEMPORAL_API_KEY: 'a-secret-key',
  });
  expect([code, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(/^Temporal cannot be reached at 127\.0\.0\.1:1 /);
  expect(stderr).not.toContain('a-secret-key');
});

test('npm run --silent schedule prints nothing but the output of the command', () => {
  const args = ['preview', '--cron', '0 3 * * *', '--from', '2026-11-22', '--count', '1', '--json'];
  const { status, stdout, stderr } = spawnSync(
    'npm',
    ['run', '--silent', 'schedule', '--', ...args],
    { cwd: repository, encoding: 'utf8' },
  );
  expect([status, stdout]).toEqual([0, '[\n  "2026-11-22T03:00:00.000Z"\n]\n']);
  expect(stderr.replace(/^npm warn .*\n/gm, '')).toBe('');
});
