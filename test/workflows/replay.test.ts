import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, type ReplayError, Runtime, Worker } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { cacheDirectory } from '../../src/config/cache-directory.ts';
import { RELEASE_SIGNAL } from '../../src/domain/cohort-lock-messages.ts';
import { workflowBundle } from '../../src/temporal/workflow-bundle.ts';
import { ACTIVITY_TABLE } from '../../src/workflows/activity-table.ts';
import * as workflows from '../../src/workflows/index.ts';
import { currentVersion, type RecordedHistory, readHistories } from './histories.ts';
import { CONTENTS, type HistoryName, missingFrom } from './history-contents.ts';
import { eventsOf, factsOf, localActivityOf, summaryOf } from './history-facts.ts';

/** A history that does not replay is told at length. */
Runtime.install({
  logger: new DefaultLogger('ERROR', () => undefined),
  telemetryOptions: { logging: { forward: {}, filter: { core: 'ERROR', other: 'ERROR' } } },
});

let bundle: Awaited<ReturnType<typeof workflowBundle>>;
let recorded: readonly RecordedHistory[];
let ofToday: readonly RecordedHistory[];

beforeAll(async () => {
  bundle = await workflowBundle(cacheDirectory(process.env, process.cwd()));
  recorded = await readHistories();
  const version = await currentVersion();
  ofToday = recorded.filter((each) => each.version === version);
});

/** Why histories do not replay, by their names. */
async function replayErrors(
  histories: readonly RecordedHistory[],
): Promise<Record<string, ReplayError>> {
  const errors: Record<string, ReplayError> = {};
  const named = histories.map(({ version, name, history }) => {
    return { workflowId: `${version}/${name}`, history };
  });
  for await (const { workflowId, error } of Worker.runReplayHistories(
    { workflowBundle: bundle },
    named,
  )) {
    if (error !== undefined) errors[workflowId] = error;
  }
  return errors;
}

describe('recorded histories', () => {
  it('all recorded histories replay with the current workflows', async () => {
    expect(recorded.length).toBeGreaterThanOrEqual(Object.keys(CONTENTS).length);
    const errors = await replayErrors(recorded);
    expect(Object.entries(errors).map(([name, { message }]) => `${name}: ${message}`)).toEqual([]);
  });

  it('each listed path has a history of this version with the listed contents', () => {
    expect(ofToday.map(({ name }) => name).sort()).toEqual(Object.keys(CONTENTS).sort());
    const missing = ofToday.map(({ name, history }) => {
      return [name, missingFrom(name as HistoryName, historyFromJSON(history))];
    });
    expect(missing).toEqual(ofToday.map(({ name }) => [name, []]));
  });

  it('an export releases its lock in a workflow task before the one that removes its staged rows', () => {
    const ends = ofToday.flatMap(({ history }) => {
      const events = eventsOf(historyFromJSON(history));
      const released = events.flatMap((event) => {
        const signal = event.signalExternalWorkflowExecutionInitiatedEventAttributes;
        return signal?.signalName === RELEASE_SIGNAL ? [signal] : [];
      });
      const removed = events.find((event) => localActivityOf(event) === 'cleanUp');
      return released.map(({ workflowTaskCompletedEventId: task }) => ({
        released: Number(task),
        removed: Number(removed?.markerRecordedEventAttributes?.workflowTaskCompletedEventId),
      }));
    });
    expect(ends.length).toBeGreaterThan(5);
    for (const { released, removed } of ends) expect(released).toBeLessThan(removed);
  });

  it('each timer and each activity has a label for the Web UI', () => {
    const events = ofToday.flatMap(({ history }) => eventsOf(historyFromJSON(history)));
    const labelled = events.filter(
      (event) => event.timerStartedEventAttributes ?? event.activityTaskScheduledEventAttributes,
    );
    expect(labelled.length).toBeGreaterThan(100);
    const unlabelled = labelled.filter((event) => !summaryOf(event));
    expect(unlabelled.map(({ eventType }) => eventType)).toEqual([]);
  });

  it('each workflow and each activity is in a history of this version', () => {
    const facts = new Set(ofToday.flatMap(({ history }) => [...factsOf(historyFromJSON(history))]));
    const activities = Object.entries(ACTIVITY_TABLE).map(([name, row]) =>
      'local' in row ? `local activity ${name}` : `activity ${name}`,
    );
    const all = [...Object.keys(workflows).map((name) => `workflow ${name}`), ...activities];
    expect(all.filter((fact) => !facts.has(fact))).toEqual([]);
  });
});

/** In Temporal's JSON, as far as it is changed here. */
interface Marker {
  details: unknown;
}

interface ChangeableEvent {
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  markerRecordedEventAttributes?: Marker;
}

describe('the replay', () => {
  /** A copy of a recorded history that is changed. */
  function changed(name: HistoryName, change: (events: ChangeableEvent[]) => void) {
    const found = ofToday.find((each) => each.name === name);
    const history = structuredClone(found?.history) as { events: ChangeableEvent[] };
    change(history.events);
    return [{ version: 'changed', name, history }];
  }

  const scheduled = (events: ChangeableEvent[], name: string) =>
    events.find((e) => e.activityTaskScheduledEventAttributes?.activityType.name === name)
      ?.activityTaskScheduledEventAttributes as { activityType: { name: string } };

  it.each<[string, HistoryName, (events: ChangeableEvent[]) => void]>([
    [
      'two commands in the other order',
      'export-finished',
      (events) => {
        const [first, second] = [scheduled(events, 'stageRows'), scheduled(events, 'nameCohort')];
        [first.activityType, second.activityType] = [second.activityType, first.activityType];
      },
    ],
    [
      'another activity',
      'export-treasure-data',
      (events) => {
        scheduled(events, 'awaitQuery').activityType.name = 'startQuery';
      },
    ],
    [
      'local activities in the other order',
      'export-finished',
      (events) => {
        const markers = events.flatMap((event) => event.markerRecordedEventAttributes ?? []);
        const [first, second] = markers as [Marker, Marker];
        [first.details, second.details] = [second.details, first.details];
      },
    ],
  ])('a history with %s does not replay', async (_, name, change) => {
    const same = await replayErrors(changed(name, () => undefined));
    expect(same).toEqual({});
    const errors = await replayErrors(changed(name, change));
    expect(errors[`changed/${name}`]?.message).toMatch(/Nondeterminism/i);
  });
});
