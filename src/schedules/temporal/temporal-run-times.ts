// Temporal's API takes its own timestamps, and the SDK's only functions that make them are internal.
import { msNumberToTs, tsToMs } from '@temporalio/common/lib/time.js';
import ms from 'ms';
import { runsWithin } from '../cron/runs.ts';
import { isoText } from '../cron/time-text.ts';
import type { Temporal } from './temporal.ts';
import type { AppliedSettings } from './temporal-options.ts';

const AROUND_A_CHANGE_MS = ms('6h');

/** When Temporal itself would run a schedule; both ends included, in epoch milliseconds. */
export async function temporalRunTimes(
  { connection, namespace }: Temporal,
  scheduleId: string,
  from: number,
  to: number,
): Promise<number[]> {
  const { startTime } = await connection.workflowService.listScheduleMatchingTimes({
    namespace,
    scheduleId,
    // Temporal excludes the start.
    startTime: msNumberToTs(from - 1),
    endTime: msNumberToTs(to),
  });
  return startTime.map(tsToMs);
}

/** Where Temporal's times are not those of the cron expression. */
export interface Disagreement {
  /** Times that Temporal skips. */
  readonly missing: readonly number[];
  /** Times that only Temporal has. */
  readonly extra: readonly number[];
}

/** `null` where both have the same times. */
export function disagreement(
  ours: readonly number[],
  theirs: readonly number[],
): Disagreement | null {
  const [our, their] = [new Set(ours), new Set(theirs)];
  const missing = ours.filter((at) => !their.has(at));
  const extra = theirs.filter((at) => !our.has(at));
  return missing.length + extra.length === 0 ? null : { missing, extra };
}

/**
 * What this Temporal makes of the clock changes of a span: its server may compute them differently, and
 * may have other time zone data than this Node.
 */
export async function clockChangeWarnings(
  temporal: Temporal,
  scheduleId: string,
  { schedule, zone }: Pick<AppliedSettings, 'schedule' | 'zone'>,
  from: number,
  to: number,
): Promise<string[]> {
  const warnings: string[] = [];
  for (const { at } of zone.changes(from, to)) {
    const span = [at - AROUND_A_CHANGE_MS, at + AROUND_A_CHANGE_MS] as const;
    const theirs = await temporalRunTimes(temporal, scheduleId, ...span);
    const found = disagreement(runsWithin(schedule, zone, ...span), theirs);
    if (found === null) continue;
    warnings.push(
      `Around ${isoText(at)}, when the clocks of ${zone.name} change, this Temporal departs from the cron expression: it ${describeDisagreement(found)}. Check that night's runs, or move the schedule outside these hours.`,
    );
  }
  return warnings;
}

/** `skips 2026-…Z and adds 2026-…Z` */
export function describeDisagreement({ missing, extra }: Disagreement): string {
  const skipped = missing.length === 0 ? [] : [`skips ${firstOf(missing)}`];
  const added = extra.length === 0 ? [] : [`adds ${firstOf(extra)}`];
  return [...skipped, ...added].join(' and ');
}

function firstOf(times: readonly number[]): string {
  const shown = times.slice(0, 3).map(isoText).join(', ');
  return times.length > 3 ? `${shown} and ${times.length - 3} more` : shown;
}
