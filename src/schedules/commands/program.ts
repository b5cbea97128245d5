import type { Command, Program } from '../../command-line/command.ts';
import { CONFIGURATION_VARIABLE, TEMPORAL_VARIABLES } from '../../command-line/variables.ts';

const TIMES = `T is in ISO 8601: 2026-11-22T03:00Z, 2026-11-22T03:00+09:00, or without an offset in the schedule's
time zone. A date alone is the start of that day for --from and its end for --to. A time that the
clocks skip is the moment of the change; one that they show twice is the first of the two for --from
and the second for --to.`;

const variables = TEMPORAL_VARIABLES;

const COMMANDS: readonly Command[] = [
  {
    name: 'apply',
    operand: 'FILE.yaml',
    options: [],
    summary: 'Creates the schedule described in a file, or updates it to match the file.',
    help: `Prints what changed. Changes that were made in Temporal by hand are reverted; a paused schedule stays
paused. Connection names are checked against the worker's configuration, if there is one.
docs/schedules.md describes the file.`,
    examples: ['apply vip-daily.yaml'],
    variables: [...variables, CONFIGURATION_VARIABLE],
    load: () => import('./apply.ts'),
  },
  {
    name: 'list',
    operand: null,
    options: [],
    summary: 'Lists all export schedules with their next and last runs.',
    help: 'Includes schedules that were created by other means than apply.',
    examples: ['list', 'list --json'],
    variables,
    load: () => import('./list.ts'),
  },
  {
    name: 'describe',
    operand: 'ID',
    options: [],
    summary: "Shows a schedule's settings, upcoming runs and recent runs.",
    examples: ['describe vip-daily'],
    variables,
    load: () => import('./describe.ts'),
  },
  {
    name: 'pause',
    operand: 'ID',
    options: [
      { name: 'note', value: 'TEXT', help: 'the reason, shown by describe and the Web UI' },
    ],
    summary: 'Pauses a schedule.',
    help: 'Runs that have started continue. trigger and backfill still work.',
    examples: ['pause vip-daily --note "waiting for a new API key"'],
    variables,
    load: () => import('./pause.ts'),
  },
  {
    name: 'resume',
    operand: 'ID',
    options: [],
    summary: 'Resumes a paused schedule and resets its failure count.',
    help: `Also resets the failure count of a schedule that is not paused. Runs that were skipped during the pause
are not made up for; use backfill.`,
    examples: ['resume vip-daily'],
    variables,
    load: () => import('./resume.ts'),
  },
  {
    name: 'trigger',
    operand: 'ID',
    options: [],
    summary: 'Starts a run now, subject to the overlap policy, and prints the outcome.',
    help: `While a run is in progress, overlap "skip" starts nothing, and "bufferOne" queues one run behind it.
The exit code is 0 in all of these cases.`,
    examples: ['trigger vip-daily'],
    variables,
    load: () => import('./trigger.ts'),
  },
  {
    name: 'backfill',
    operand: 'ID',
    options: [
      { name: 'from', value: 'T', required: true, help: 'start of the range, inclusive' },
      { name: 'to', value: 'T', required: true, help: 'end of the range, inclusive' },
    ],
    summary: 'Runs all scheduled times of a past range, one after another.',
    help: `The overlap policy does not apply. Each run gets its own scheduled time. At most 1,000 runs at once.

${TIMES}`,
    examples: [
      'backfill vip-daily --from 2026-11-18 --to 2026-11-20',
      'backfill vip-hourly --from 2026-11-22T03:00Z --to 2026-11-22T09:00Z',
    ],
    variables,
    load: () => import('./backfill.ts'),
  },
  {
    name: 'delete',
    operand: 'ID',
    options: [],
    summary: 'Deletes a schedule.',
    help: 'Runs that have started continue; queued runs do not start.',
    examples: ['delete vip-daily'],
    variables,
    load: () => import('./delete.ts'),
  },
  {
    name: 'preview',
    operand: null,
    options: [
      { name: 'cron', value: 'CRON', required: true, help: '"0 3 * * *", @daily, or ""' },
      { name: 'timezone', value: 'TZ', help: 'a name such as Asia/Tokyo (default UTC)' },
      { name: 'from', value: 'T', help: 'start of the range, inclusive (default now)' },
      { name: 'count', value: 'N', help: 'number of times, 1 to 10,000 (default 10)' },
    ],
    summary: 'Shows when a cron expression runs; does not need Temporal.',
    help: `With --json, prints an array of instants in UTC.

${TIMES}`,
    examples: [
      'preview --cron "0 3 * * mon-fri" --timezone Asia/Tokyo',
      'preview --cron @hourly --from 2026-11-22 --count 48 --json',
    ],
    variables: [],
    load: () => import('./preview.ts'),
  },
];

export const SCHEDULE_PROGRAM: Program = {
  call: 'npm run schedule --',
  purpose: "Runs exports on a schedule: Treasure Data's cron dialect on Temporal Schedules.",
  commands: COMMANDS,
};
