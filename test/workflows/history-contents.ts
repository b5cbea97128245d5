import type { History } from '@temporalio/common/lib/proto-utils.js';
import { factsOf } from './history-facts.ts';

const LOCKED = ['workflow cohortLock', 'signal acquireLock', 'signals lockPosition'];
const CHECKS = ['local activity listSearchAttributes', 'local activity checkExport'];
const EXPORT = ['workflow exportCohort', ...CHECKS, 'sets search attributes'];
const RUNS = [...EXPORT, 'local activity requestLock', 'signal lockPosition'];
const ENDS = ['local activity cleanUp', 'signals releaseLock'];
const STAGES = [...RUNS, 'holds the lock', 'activity stageRows'];
const SENDS = [...STAGES, 'activity nameCohort', 'activity sendChunk'];
const OF_JOB = [...RUNS, 'holds the lock', 'activity startQuery', 'activity awaitQuery'];
const SCHEDULED = ['search attribute TemporalScheduledById'];
const COUNTER = ['workflow scheduleFailures', 'update count'];

/**
 * The paths that workflows can take, each with what its history must contain. The recorder saves no
 * other, and the replay test asks for each of them.
 */
export const CONTENTS = {
  'export-finished': [...SENDS, ...ENDS, 'changes its memo', 'completed'],
  'export-invalid': [...EXPORT, 'failed with InvalidExport', 'activity notify'],
  'export-rejected': [...SENDS, ...ENDS, 'sendChunk failed', 'failed with BrazeRejected'],
  'export-failed-attempts': [...SENDS, 'sendChunk again', 'signal attemptFailed', 'completed'],
  'export-degraded': [...SENDS, ...ENDS, 'activity notify', 'completed'],
  'export-delayed-and-waiting': [...SENDS, 'timer fired', 'waits for the lock', 'completed'],
  'export-cancelled-while-waiting': [
    ...RUNS,
    'waits for the lock',
    'cancel requested',
    'signals releaseLock',
    'cancelled',
  ],
  'export-cancelled-while-sending': [
    ...SENDS,
    ...ENDS,
    'cancel requested',
    'sendChunk cancelled',
    'cancelled',
  ],
  'export-after-a-lost-worker': [...SENDS, 'sendChunk again after a lost worker', 'completed'],
  'export-reset-under-the-lock': [...SENDS, ...ENDS, 'reset', 'failed with RunSuperseded'],
  'export-continued-first-run': [...SENDS, 'continued as new'],
  'export-continued-last-run': [
    'workflow exportCohort',
    'continues another run',
    'memo summary',
    'search attribute CohortId',
    'local activity listSearchAttributes',
    'local activity requestLock',
    'activity sendChunk',
    ...ENDS,
    'completed',
  ],
  'export-waiting-continued-first-run': [...RUNS, 'waits for the lock', 'continued as new'],
  'export-waiting-continued-last-run': [
    ...SENDS,
    'continues another run',
    'memo summary',
    ...ENDS,
    'completed',
  ],
  'export-treasure-data': [...OF_JOB, 'activity stageRows', 'activity sendChunk', 'completed'],
  'export-treasure-data-cancelled': [
    ...OF_JOB,
    'awaitQuery cancelled',
    'activity stopQuery',
    'cancelled',
  ],
  'export-paused': [
    ...SENDS,
    ...SCHEDULED,
    'update pause',
    'activity countSkippedRuns',
    'update resume',
  ],
  'export-scheduled': [
    ...SENDS,
    ...SCHEDULED,
    'search attribute TemporalScheduledStartTime',
    'completed',
  ],
  'export-scheduled-failed': [
    ...STAGES,
    ...SCHEDULED,
    'activity countFailure',
    'activity notify',
    'failed with MissingColumns',
  ],
  'export-scheduled-pausing': [
    ...STAGES,
    ...SCHEDULED,
    'activity countFailure',
    'activity pauseSchedule',
    'signals paused',
    'activity notify',
    'failed with MissingColumns',
  ],
  'export-scheduled-recovered': [
    ...SENDS,
    ...SCHEDULED,
    'signals succeeded',
    'activity notify',
    'completed',
  ],
  'lock-ordinary': [...LOCKED, 'signal releaseLock', 'completed'],
  'lock-settling': [...LOCKED, 'signal releaseLock', 'timer fired', 'completed'],
  'lock-with-terminated-export': [
    ...LOCKED,
    'activity watchHolder',
    'timer fired',
    'local activity cleanUp',
    'completed',
  ],
  'lock-continued-first-run': [...LOCKED, 'continued as new'],
  'lock-continued-last-run': [
    'workflow cohortLock',
    'continues another run',
    'signal releaseLock',
    'completed',
  ],
  'counter-paused-resumed-succeeded': [
    ...COUNTER,
    'signal paused',
    'signal resumed',
    'signal succeeded',
    'completed',
  ],
  'counter-continued-first-run': [...COUNTER, 'continued as new'],
  'counter-continued-last-run': [
    'workflow scheduleFailures',
    'continues another run',
    'signal succeeded',
    'completed',
  ],
} as const satisfies Record<string, readonly string[]>;

export type HistoryName = keyof typeof CONTENTS;

/** What a history lacks of what its name says. */
export function missingFrom(name: HistoryName, history: History): string[] {
  const facts = factsOf(history);
  return CONTENTS[name].filter((fact) => !facts.has(fact));
}
