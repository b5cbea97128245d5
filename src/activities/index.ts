import { createCheckExport } from './check.ts';
import { createRequestLock, createWatchHolder } from './lock.ts';
import { createNotify } from './notification.ts';
import { createAwaitQuery, createStartQuery, createStopQuery } from './query.ts';
import { createCountFailure, createCountSkippedRuns, createPauseSchedule } from './schedule.ts';
import { createNameCohort, createSendChunk } from './sending.ts';
import { createListSearchAttributes } from './server.ts';
import { createCleanUp, createStageRows } from './staging.ts';
import { activity, patientActivity } from './support/activity.ts';
import type { ActivityDependencies } from './support/dependencies.ts';

/** Everything that a workflow does to the world. */
export function createActivities(deps: ActivityDependencies) {
  return {
    listSearchAttributes: activity(createListSearchAttributes(deps)),
    checkExport: activity(createCheckExport(deps)),
    requestLock: activity(createRequestLock()),
    watchHolder: activity(createWatchHolder(deps)),
    startQuery: patientActivity(createStartQuery(deps)),
    awaitQuery: patientActivity(createAwaitQuery(deps)),
    stopQuery: activity(createStopQuery(deps)),
    stageRows: patientActivity(createStageRows(deps)),
    nameCohort: patientActivity(createNameCohort(deps)),
    sendChunk: patientActivity(createSendChunk(deps)),
    cleanUp: activity(createCleanUp(deps)),
    countFailure: activity(createCountFailure()),
    countSkippedRuns: activity(createCountSkippedRuns()),
    pauseSchedule: activity(createPauseSchedule()),
    notify: activity(createNotify(deps)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
