import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { expect, it } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { createActivities } from '../../src/activities/index.ts';
import { ACTIVITY_FAILURES } from '../../src/domain/activity-failures.ts';

/** Every dependency fails as nobody expects. */
const broken = new Proxy({} as ActivityDependencies, {
  get: () => () => {
    throw new TypeError('of alice@example.com');
  },
});
const activities = createActivities(broken);
const input = {
  source: { type: 'duckdb', query: 'SELECT 1' },
  cohortId: 'vip',
  operation: 'APPEND',
};

it.each([
  ['checkExport', [[input], '2026-11-21T12:00:00.000Z']],
  ['cleanUp', ['export-1']],
] as const)(
  'an unexpected error in %s fails as its time-out does, without its words',
  async (name, args) => {
    const logged: LogEntry[] = [];
    const logger = new DefaultLogger('INFO', (entry) => logged.push(entry));
    const work = activities[name] as (...args: unknown[]) => Promise<unknown>;
    const failure = (await new MockActivityEnvironment({}, { logger })
      .run(work, ...args)
      .catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure).toMatchObject({ type: ACTIVITY_FAILURES[name], nonRetryable: false });
    expect(failure.type).toBe('StagingFailed');
    expect(failure.message).toContain('This is a fault of cohort-export');
    expect(failure.message).not.toContain('alice');
    const told = JSON.stringify(logged.map(({ message, meta }) => ({ message, meta })));
    expect(told).toContain('TypeError');
    expect(told).not.toContain('alice');
  },
);
