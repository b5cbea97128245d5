import { ACTIVITY_FAILURES } from '../domain/activity-failures.ts';
import { activity } from './activity-failure.ts';
import { createAwaitQuery } from './await-query.ts';
import { createCheckExport } from './check-export.ts';
import { createCleanUp } from './clean-up.ts';
import { createCountFailure } from './count-failure.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createJoinQueue } from './join-queue.ts';
import { createNameCohort } from './name-cohort.ts';
import { createNotify } from './notify.ts';
import { createPauseSchedule } from './pause-schedule.ts';
import { createSendChunk } from './send-chunk.ts';
import { createStageRows } from './stage-rows.ts';
import { createStartQuery } from './start-query.ts';
import { createStopQuery } from './stop-query.ts';
import { createWatchExport } from './watch-export.ts';

/** Everything that a workflow does to the world. */
export function createActivities(deps: ActivityDependencies) {
  return {
    checkExport: activity(ACTIVITY_FAILURES.checkExport, createCheckExport(deps)),
    joinQueue: activity(ACTIVITY_FAILURES.joinQueue, createJoinQueue()),
    watchExport: activity(ACTIVITY_FAILURES.watchExport, createWatchExport()),
    startQuery: activity(ACTIVITY_FAILURES.startQuery, createStartQuery(deps)),
    awaitQuery: activity(ACTIVITY_FAILURES.awaitQuery, createAwaitQuery(deps)),
    stopQuery: activity(ACTIVITY_FAILURES.stopQuery, createStopQuery(deps)),
    stageRows: activity(ACTIVITY_FAILURES.stageRows, createStageRows(deps)),
    nameCohort: activity(ACTIVITY_FAILURES.nameCohort, createNameCohort(deps.findDestination)),
    sendChunk: activity(ACTIVITY_FAILURES.sendChunk, createSendChunk(deps)),
    countFailure: activity(ACTIVITY_FAILURES.countFailure, createCountFailure()),
    pauseSchedule: activity(ACTIVITY_FAILURES.pauseSchedule, createPauseSchedule()),
    notify: activity(ACTIVITY_FAILURES.notify, createNotify(deps)),
    cleanUp: activity(ACTIVITY_FAILURES.cleanUp, createCleanUp(deps.staging)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
