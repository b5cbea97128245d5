/**
 * Records the histories that `replay.test.ts` replays, for the version in package.json:
 * `npm run record-histories`. With `-- --freeze` it records nothing, and freezes what is there.
 */
import { parseArgs } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startSandbox } from '../../sandbox/server.ts';
import { startExports } from './export-environment.ts';
import { currentVersion, freeze, requireNotFrozen, writeHistories } from './histories.ts';
import { CONTENTS, type HistoryName, missingFrom } from './history-contents.ts';
import { SCENARIOS } from './history-scenarios.ts';
import startTemporal from './temporal-server.ts';

const { values } = parseArgs({ options: { freeze: { type: 'boolean', default: false } } });
const version = await currentVersion();
if (values.freeze) {
  await freeze(version);
  console.log(`The histories of ${version} are frozen.`);
} else {
  await requireNotFrozen(version);
  const histories = await record();
  await writeHistories(version, histories);
  console.log(`Recorded ${histories.size} histories of ${version}.`);
}

async function record(): Promise<Map<HistoryName, unknown>> {
  await using stack = new AsyncDisposableStack();
  stack.defer(await startTemporal());
  const held = await startSandbox({ jobTimes: { hold: 'running' } });
  stack.defer(() => held.close());
  const { apiKey } = held.treasureData;
  const exports = stack.use(
    await startExports({
      latencyMs: 20,
      treasureData: [`held: { endpoint: '${held.url}', apiKey: '${apiKey}' }`],
    }),
  );
  const recorded = new Map<HistoryName, unknown>();
  const save = async (name: HistoryName, workflowId: string, runId?: string) => {
    const history = await exports.client.workflow.getHandle(workflowId, runId).fetchHistory();
    const missing = missingFrom(name, history);
    if (missing.length > 0) throw new Error(`${name} does not contain: ${missing.join(', ')}`);
    recorded.set(name, withoutMachine(historyToJSON(history)));
    console.log(`${name}: ${history.events?.length} events`);
  };
  const ends = await Promise.allSettled(SCENARIOS.map((run) => run({ exports, save })));
  const errors = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
  if (errors.length > 0) throw new AggregateError(errors, 'Some scenarios failed.');
  const missing = Object.keys(CONTENTS).filter((name) => !recorded.has(name as HistoryName));
  if (missing.length > 0) throw new Error(`No scenario records: ${missing.join(', ')}`);
  return new Map([...recorded].sort(([a], [b]) => a.localeCompare(b)));
}

/** Stacks and identities name the machine that recorded, and replay does not look at them. */
function withoutMachine(json: string): unknown {
  return JSON.parse(json, (key, value: unknown) =>
    key === 'stackTrace' || key === 'identity' ? '' : value,
  );
}
