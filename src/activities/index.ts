import { activity } from './activity-failure.ts';
import { createCheckExport } from './check-export.ts';
import { createCleanUp } from './clean-up.ts';
import type { ActivityDependencies } from './dependencies.ts';
import { createJoinQueue } from './join-queue.ts';
import { createNameCohort } from './name-cohort.ts';
import { createSendChunk } from './send-chunk.ts';
import { createStageRows } from './stage-rows.ts';
import { createWatchExport } from './watch-export.ts';

/** Everything that a workflow does to the world. */
export function createActivities(deps: ActivityDependencies) {
  return {
    checkExport: activity(
      'InvalidExport',
      createCheckExport(deps.findDestination, deps.resolveSource),
    ),
    joinQueue: activity('StagingFailed', createJoinQueue()),
    watchExport: activity('StagingFailed', createWatchExport()),
    stageRows: activity('StagingFailed', createStageRows(deps)),
    nameCohort: activity('BrazeUnavailable', createNameCohort(deps.findDestination)),
    sendChunk: activity('BrazeUnavailable', createSendChunk(deps)),
    cleanUp: activity('StagingFailed', createCleanUp(deps.staging)),
  };
}

export type Activities = ReturnType<typeof createActivities>;
