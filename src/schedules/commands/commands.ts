import type { Command, Program } from '../../command-line/command.ts';

const TIMES = `T is ISO 8601: 2026-11-22T03:00Z, 2026-11-22T03:00+09:00, or without an offset by the clocks of the
schedule's time zone. A date alone is that day's beginning for --from and its end for --to. A time
that the clocks skip is the moment when they do; one that they show twice is the first of the two for
--from, the second for --to.`;

const COMMANDS: readonly Command[] = [
  {
    name: 'apply',
    operand: 'FILE.yaml',
    options: [],
    summary: 'creates the schedule of a file, or changes it to what the file says',
    help: `Creates the schedule of a file, or changes what differs from it and says what that was; a change that
somebody made in Temporal by hand is put back. A paused schedule stays paused. docs/schedules.md
describes the file. Connection names are checked against the configuration that a worker started here
would read: COHORT_EXPORT_CONFIG, else cohort-export.yaml.`,
    load: () => import('./apply.ts'),
  },
  {
    name: 'list',
    operand: null,
    options: [],
    summary: 'all schedules of exports: next run, and how the last one ended',
    help: 'Lists the schedules that run exportCohort, however they were made.',
    load: () => import('./list.ts'),
  },
  {
    name: 'describe',
    operand: 'ID',
    options: [],
    summary: 'everything about a schedule, with its next and its latest runs',
    help: 'Tells everything about a schedule, with its next and its latest runs.',
    load: () => import('./describe.ts'),
  },
  {
    name: 'pause',
    operand: 'ID',
    options: [{ name: 'note', value: 'TEXT', help: 'why, for the next reader' }],
    summary: 'stops its scheduled runs; runs under way go on',
    help: 'Stops the scheduled runs. Runs under way go on, and trigger and backfill still work.',
    load: () => import('./pause.ts'),
  },
  {
    name: 'resume',
    operand: 'ID',
    options: [],
    summary: 'lets it run again; its failures are counted anew',
    help: `Lets the schedule run again; failures towards pauseAfterFailures are counted anew, also where it was
not paused. Ticks that passed meanwhile are not made up for: see backfill.`,
    load: () => import('./resume.ts'),
  },
  {
    name: 'trigger',
    operand: 'ID',
    options: [],
    summary: 'starts a run now, as far as overlap allows it',
    help: `Starts a run now, and says which workflow that is, or what its overlap made of it: with skip, nothing
starts while a run is under way; with bufferOne, it starts after that one. Exit code 0 in all cases.`,
    load: () => import('./trigger.ts'),
  },
  {
    name: 'backfill',
    operand: 'ID',
    options: [
      { name: 'from', value: 'T', required: true, help: 'the first tick is there or later' },
      { name: 'to', value: 'T', required: true, help: 'the last tick is there or earlier' },
    ],
    summary: 'runs every tick of a span in the past, one after another',
    help: `Runs every tick from --from to --to, both included, one after another, whatever overlap says. Each run
has its tick as its nominal time. At most 1,000 ticks at once.\n\n${TIMES}`,
    load: () => import('./backfill.ts'),
  },
  {
    name: 'delete',
    operand: 'ID',
    options: [],
    summary: 'deletes it; runs under way go on',
    help: 'Deletes a schedule. Runs under way go on; those that waited for their turn do not start.',
    load: () => import('./delete.ts'),
  },
  {
    name: 'preview',
    operand: null,
    options: [
      { name: 'cron', value: 'CRON', required: true, help: '"0 3 * * *", @daily, or ""' },
      { name: 'timezone', value: 'TZ', help: 'a name such as Asia/Tokyo (default UTC)' },
      { name: 'from', value: 'T', help: 'where to begin, included (default now)' },
      { name: 'count', value: 'N', help: 'how many times, 1 to 10,000 (default 10)' },
    ],
    summary: 'when a cron text runs; needs no Temporal',
    help: `Shows when a cron text runs. Needs no Temporal. With --json, an array of instants in UTC.\n\n${TIMES}`,
    load: () => import('./preview.ts'),
  },
];

export const SCHEDULE_PROGRAM: Program = {
  call: 'npm run schedule --',
  purpose: "Schedules of exports in Treasure Data's cron dialect, on Temporal's schedules.",
  commands: COMMANDS,
};
