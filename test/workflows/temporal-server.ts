import { startTemporalServer } from '../../scripts/temporal-cli/dev-server.ts';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';

/**
 * One real Temporal for all tests of this folder; each file has a task queue of its own. Its port is
 * not Temporal's usual one, where a developer's worker would poll.
 */
export default async function setup(): Promise<() => Promise<void>> {
  // Once, rather than by each of the files that start together.
  await workflowBundle(cacheDirectory(process.env, process.cwd()));
  const server = await startTemporalServer({
    portsFrom: 28_233,
    // So that an export of a few seconds comes to the point where a day's would.
    dynamicConfig: {
      'limit.historyCount.suggestContinueAsNew': '70',
      'frontend.WorkflowPauseEnabled': 'true',
    },
  });
  process.env.TEMPORAL_ADDRESS = server.address;
  process.env.TEST_WEB_UI = server.uiUrl ?? '';
  return () => server.stop();
}
