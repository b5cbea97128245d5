import type { ScheduleDescription } from '@temporalio/client';
import type { CommandLine } from '../../command-line/command.ts';
import { type Output, table } from '../../command-line/output.ts';
import { dateText, isoText, localText } from './moments.ts';
import { outcomeOfRun, outcomeText, type RunOutcome } from './outcomes.ts';
import { findSchedule, readApplied, WORKFLOW_TYPE, zoneOf } from './temporal-schedule.ts';
import { type Temporal, withTemporal } from './with-temporal.ts';

const ASKED_AT_ONCE = 10;

interface Row {
  readonly description: ScheduleDescription;
  readonly lastRun: RunOutcome | null;
}

export async function run(_: CommandLine, output: Output): Promise<void> {
  await withTemporal(async (temporal) => {
    const ids: string[] = [];
    for await (const { scheduleId, action } of temporal.client.schedule.list()) {
      if (action?.workflowType === WORKFLOW_TYPE) ids.push(scheduleId);
    }
    const rows: Row[] = [];
    while (ids.length > 0) {
      const some = ids.splice(0, ASKED_AT_ONCE);
      const asked = await Promise.all(some.map((id) => ask(temporal, id)));
      rows.push(...asked.filter((row) => row !== null));
    }
    rows.sort((a, b) => (a.description.scheduleId < b.description.scheduleId ? -1 : 1));
    if (rows.length === 0) output.line('There is no schedule of exports.');
    else output.lines(table([HEADINGS, ...rows.map(cells)], ''));
    output.document(rows.map(asDocument));
  });
}

/** `null` where it was deleted meanwhile. */
async function ask(temporal: Temporal, scheduleId: string): Promise<Row | null> {
  const description = await findSchedule(temporal, scheduleId);
  const last = description?.info.recentActions.at(-1);
  if (description === null) return null;
  return { description, lastRun: last ? await outcomeOfRun(temporal.client, last) : null };
}

const HEADINGS = ['id', 'cron', 'time zone', 'state', 'next tick', 'last run'];

function cells({ description, lastRun }: Row): string[] {
  const { scheduleId, state, info } = description;
  const applied = readApplied(description);
  const zone = applied?.zone ?? zoneOf(description);
  const next = info.nextActionTimes[0]?.getTime();
  const nextTick = next === undefined ? 'only by hand' : localText(next, zone);
  return [
    scheduleId,
    applied === null ? "Temporal's own specification" : applied.settings.cron || '""',
    zone.name,
    state.paused ? 'paused' : 'active',
    state.paused ? '–' : nextTick,
    lastRun === null ? 'none yet' : `${lastText(lastRun)}`,
  ];
}

function lastText(lastRun: RunOutcome): string {
  const at = dateText(Date.parse(lastRun.scheduledAt)).slice(4);
  return `${outcomeText(lastRun)} (${at} UTC)`;
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
