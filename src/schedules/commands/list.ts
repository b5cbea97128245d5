import type { ScheduleDescription } from '@temporalio/client';
import type { CommandLine, Place } from '../../command-line/command.ts';
import type { Output } from '../../command-line/output.ts';
import { table } from '../../command-line/text.ts';
import { dateText, isoText, localText } from '../cron/time-text.ts';
import { exportScheduleIds, findSchedule } from '../temporal/find-schedule.ts';
import { outcomeOfRun, outcomeText, type RunOutcome } from '../temporal/run-outcome.ts';
import type { Temporal } from '../temporal/temporal.ts';
import { readApplied, zoneOf } from '../temporal/temporal-options.ts';
import { withTemporal } from '../temporal/with-temporal.ts';

const REQUESTS_AT_ONCE = 10;
/** A run that started later than this after its scheduled time was made up for. */
const ON_TIME_MS = 60_000;

interface Row {
  readonly description: ScheduleDescription;
  readonly lastRun: RunOutcome | null;
}

export async function run(_: CommandLine, output: Output, place: Place): Promise<void> {
  await withTemporal(place, async (temporal) => {
    const ids = await exportScheduleIds(temporal);
    const rows: Row[] = [];
    while (ids.length > 0) {
      const some = ids.splice(0, REQUESTS_AT_ONCE);
      const found = await Promise.all(some.map((id) => rowOf(temporal, id)));
      rows.push(...found.filter((row) => row !== null));
    }
    rows.sort((a, b) => (a.description.scheduleId < b.description.scheduleId ? -1 : 1));
    if (rows.length === 0) output.line('No export schedules found.');
    else output.lines(table([HEADINGS, ...rows.map(cells)], ''));
    output.document(rows.map(asDocument));
  });
}

/** `null` if it was deleted in the meantime. */
async function rowOf(temporal: Temporal, scheduleId: string): Promise<Row | null> {
  const description = await findSchedule(temporal, scheduleId);
  const last = description?.info.recentActions.at(-1);
  if (description === null) return null;
  return { description, lastRun: last ? await outcomeOfRun(temporal.client, last) : null };
}

const HEADINGS = ['id', 'cron', 'time zone', 'state', 'next run', 'last run'];

function cells({ description, lastRun }: Row): string[] {
  const { scheduleId, state, info } = description;
  const applied = readApplied(description);
  const zone = applied?.zone ?? zoneOf(description);
  const next = info.nextActionTimes[0]?.getTime();
  const nextRun = next === undefined ? 'only by hand' : localText(next, zone);
  return [
    scheduleId,
    applied === null ? "Temporal's own specification" : applied.settings.cron || '""',
    zone.name,
    state.paused ? 'paused' : 'active',
    state.paused ? '–' : nextRun,
    lastRun === null ? 'none yet' : lastText(lastRun),
  ];
}

/** Says when it started, too, if that was long after its scheduled time: in a backfill, for example. */
function lastText(lastRun: RunOutcome): string {
  const [scheduled, started] = [Date.parse(lastRun.scheduledAt), Date.parse(lastRun.startedAt)];
  const text = (at: number) => dateText(at).slice(4);
  const late = started - scheduled > ON_TIME_MS ? `, started ${text(started)}` : '';
  return `${outcomeText(lastRun)} (${text(scheduled)}${late} UTC)`;
}

function asDocument({ description, lastRun }: Row) {
  const { scheduleId, state, info } = description;
  const applied = readApplied(description);
  const next = info.nextActionTimes[0]?.getTime();
  return {
    scheduleId,
    cron: applied?.settings.cron ?? null,
    timezone: applied?.settings.timezone ?? zoneOf(description).name,
    paused: state.paused,
    note: state.note || null,
    nextRun: next === undefined || state.paused ? null : isoText(next),
    lastRun,
  };
}
