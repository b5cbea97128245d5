import { expect, test } from 'vitest';
import { countFresh, mostInAnyWindow } from '../../scripts/bench/rate.ts';
import { seededIntegers } from '../../scripts/bench/seeded.ts';
import { countEvents, readActions } from '../../scripts/bench/temporal-actions.ts';

test('the server’s count of actions leaves out Temporal’s own namespace', () => {
  const metrics = `# TYPE action counter
action{action_type="grpc_RecordActivityTaskHeartbeat",namespace="default",service_name="frontend"} 46
action{action_type="command_StartTimer",namespace="default",operation="a",service_name="frontend"} 4
action{action_type="command_StartTimer",namespace="default",operation="b",service_name="frontend"} 1
action{action_type="grpc_StartWorkflowExecution",namespace="temporal_system",service_name="frontend"} 2
queue_actions{action_type="command_StartTimer",namespace="default"} 9
`;
  expect(readActions(metrics)).toEqual({
    grpc_RecordActivityTaskHeartbeat: 46,
    command_StartTimer: 5,
  });
});

test('local activities of one workflow task are one action, a retry is one more', () => {
  const counts: Record<string, number> = {};
  const marker = (task: number) => ({
    markerRecordedEventAttributes: { workflowTaskCompletedEventId: task },
  });
  const events = [
    { workflowExecutionStartedEventAttributes: {} },
    { workflowTaskCompletedEventAttributes: {} },
    marker(4),
    marker(4),
    marker(9),
    { activityTaskScheduledEventAttributes: {} },
    { activityTaskStartedEventAttributes: { attempt: 3 } },
    { activityTaskCompletedEventAttributes: {} },
    { workflowExecutionSignaledEventAttributes: {} },
    { timerStartedEventAttributes: {} },
    { upsertWorkflowSearchAttributesEventAttributes: {} },
    { workflowPropertiesModifiedEventAttributes: {} },
    { workflowExecutionUpdateAcceptedEventAttributes: {} },
    { workflowExecutionCompletedEventAttributes: {} },
  ];
  countEvents(events as unknown as Parameters<typeof countEvents>[0], (kind, count = 1) => {
    counts[kind] = (counts[kind] ?? 0) + count;
  });
  expect(counts).toEqual({
    'workflow starts': 1,
    'tasks with local activities': 2,
    activities: 1,
    retries: 2,
    signals: 1,
    timers: 1,
    'search attributes': 1,
    'memo updates': 1,
    updates: 1,
  });
});

test('the requests that a second look at the log has and the first did not', () => {
  expect(countFresh(['d', 'c', 'b', 'a'], ['b', 'a'])).toBe(2);
  expect(countFresh(['b', 'a'], ['b', 'a'])).toBe(0);
  expect(countFresh(['a'], [])).toBe(1);
  // The log holds so many only: the oldest have gone.
  expect(countFresh(['d', 'c', 'b'], ['c', 'b', 'a'])).toBe(1);
  expect(countFresh(['e', 'd'], ['c', 'b'])).toBe(2);
  // Two that look alike are two.
  expect(countFresh(['a', 'a', 'a'], ['a', 'a'])).toBe(1);
});

test('the most requests in any window, its end excluded', () => {
  expect(mostInAnyWindow([0, 1, 2, 10, 11], 10)).toBe(3);
  expect(mostInAnyWindow([0, 9, 10, 11, 12], 10)).toBe(4);
  expect(mostInAnyWindow([], 10)).toBe(0);
});

test('seeded latencies are the same each time, within their bounds and spread over them', () => {
  const once = seededIntegers(1_000, 50, 500);
  expect(seededIntegers(1_000, 50, 500)).toEqual(once);
  expect(Math.min(...once)).toBeGreaterThanOrEqual(50);
  expect(Math.max(...once)).toBeLessThanOrEqual(500);
  const mean = once.reduce((sum, ms) => sum + ms, 0) / once.length;
  expect(mean).toBeGreaterThan(265);
  expect(mean).toBeLessThan(285);
});
