import { setTimeout as delay } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { observeActions } from './actions.ts';
import { type Measure, times } from './bench.ts';
import { finish, userIds } from './exporter.ts';
import { actionsBetween, countActions } from './temporal-actions.ts';
import { waitFor } from './wait.ts';

const MS_PER_HOUR = 3_600_000;
const LOOK_EVERY_MS = 200;
const ROWS = 10;

/** What starting an export costs is not in it, as that is paid once and not each hour. */
export const measureWaiting: Measure = (bench) =>
  bench.withExporter({}, async (exporter) => {
    const { exports, startEveryMs, settleMs, windowMs } = bench.sizes.waiting;
    const source = {
      type: 'treasureData',
      connection: 'main',
      database: 'bench',
      engine: 'trino',
      query: userIds(ROWS).query,
    };
    const runs = await times(bench, async (run) => {
      await exporter.control.holdJobs('running');
      const handles: WorkflowHandle[] = [];
      for (let index = 0; index < exports; index += 1) {
        handles.push(await exporter.start({ source, cohortId: `waiting-${run}-${index}` }));
        await delay(startEveryMs);
      }
      await waitFor('the jobs to run', LOOK_EVERY_MS, async () =>
        (await exporter.control.jobsInState('running')) === exports ? true : null,
      );
      await delay(settleMs);
      bench.progress(`${exports} exports wait for ${windowMs / 1_000} s`);
      const before = await countActions(exporter);
      await delay(windowMs);
      const actions = actionsBetween(before, await countActions(exporter));
      await exporter.control.holdJobs(null);
      for (const handle of handles) await finish(handle, ROWS);
      return actions;
    });
    const anHour = MS_PER_HOUR / windowMs / exports;
    return observeActions('actions an hour', runs, anHour);
  });
