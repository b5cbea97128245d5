import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { startSandbox } from '../../sandbox/server.ts';
import type { Script } from '../../src/command-line/command.ts';
import type { ParsedOptions } from '../../src/command-line/parse-options.ts';
import { runScript } from '../../src/command-line/script.ts';
import { startExports } from './export-environment.ts';
import { currentVersion, freeze, requireNotFrozen, writeHistories } from './histories.ts';
import { CONTENTS, type HistoryName, missingFrom } from './history-contents.ts';
import { SCENARIOS } from './history-scenarios.ts';
import startTemporal from './temporal-server.ts';

const RECORD_HISTORIES: Script = {
  call: 'npm run record-histories',
  operands: null,
  options: [],
  flags: [{ name: 'freeze', help: 'record nothing, and freeze the histories that are there' }],
  summary: 'Records the histories that the replay test replays, for the version in package.json.',
};

async function main({ flags }: ParsedOptions): Promise<number> {
  const version = await currentVersion();
  if (flags.has('freeze')) {
    await freeze(version);
    console.log(`The histories of ${version} are frozen.`);
    return 0;
  }
  await requireNotFrozen(version);
  const histories = await record();
  await writeHistories(version, histories);
  console.log(`Recorded ${histories.size} histories of ${version}.`);
  return 0;
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

process.exitCode = await runScript(RECORD_HISTORIES, process.argv.slice(2), main);
