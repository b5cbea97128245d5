import { msNumberToTs, tsToMs } from '@temporalio/common/lib/time.js';
import ms from 'ms';
import { occurrences } from '../cron/occurrences.ts';
import { isoText } from './moments.ts';
import type { AppliedSettings } from './temporal-schedule.ts';
import type { Temporal } from './with-temporal.ts';

const AROUND_A_CHANGE_MS = ms('6h');

/** When Temporal itself would run a schedule; both ends included, in epoch milliseconds. */
export async function matchingTimes(
  { connection, namespace }: Temporal,
  scheduleId: string,
  from: number,
  to: number,
): Promise<number[]> {
  const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
    namespace,
    scheduleId,
    // Temporal leaves the start out.
    startTime: msNumberToTs(from - 1),
    endTime: msNumberToTs(to),
  });
  return startTime.map(tsToMs);
}

/** Where Temporal's times are not those of the cron text. */
export interface Disagreement {
  /** Times that Temporal leaves out. */
  readonly missing: readonly number[];
  /** Times that only Temporal has. */
  readonly extra: readonly number[];
}

export function disagreement(ours: readonly number[], theirs: readonly number[]): Disagreement {
  const [our, their] = [new Set(ours), new Set(theirs)];
  return {
    missing: ours.filter((at) => !their.has(at)),
    extra: theirs.filter((at) => !our.has(at)),
  };
}

/** The times of the cron text; both ends included. */
export function cronTimes(
  { schedule, zone }: Pick<AppliedSettings, 'schedule' | 'zone'>,
  from: number,
  to: number,
): number[] {
  const times: number[] = [];
  for (const { at } of occurrences(schedule, zone, from)) {
    if (at > to) break;
    times.push(at);
  }
  return times;
}

/**
 * What this Temporal makes of the clock changes of a span: around them its server may differ, and its
 * time zones may be others than this Node's.
 */
export async function clockChangeWarnings(
  temporal: Temporal,
  scheduleId: string,
  applied: Pick<AppliedSettings, 'schedule' | 'zone'>,
  from: number,
  to: number,
): Promise<string[]> {
  const warnings: string[] = [];
  for (const { at } of applied.zone.changes(from, to)) {
    const span = [at - AROUND_A_CHANGE_MS, at + AROUND_A_CHANGE_MS] as const;
    const theirs = await matchingTimes(temporal, scheduleId, ...span);
    const found = disagreement(cronTimes(applied, ...span), theirs);
    if (found.missing.length + found.extra.length === 0) continue;
    warnings.push(
      `Around ${isoText(at)}, when the clocks of ${applied.zone.name} change, this Temporal ${departs(found)}. Look at that night's runs, or put the schedule outside these hours.`,
    );
  }
  return warnings;
}

/** `leaves out the run at …, and starts one at … instead` */
export function departs({ missing, extra }: Disagreement): string {
  const left = missing.length === 0 ? [] : [`leaves out the cron text's ${listed(missing)}`];
  const added = extra.length === 0 ? [] : [`starts runs that it does not have, ${listed(extra)}`];
  return [...left, ...added].join(' and ');
}

function listed(times: readonly number[]): string {
  const shown = times.slice(0, 3).map(isoText).join(', ');
  return times.length > 3 ? `${shown} and ${times.length - 3} more` : shown;
}
