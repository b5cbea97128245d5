import type { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger, type LogEntry } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { type Activities, createActivities } from '../../src/activities/index.ts';
import type { ActivityDependencies } from '../../src/activities/support/dependencies.ts';
import { ACTIVITY_TABLE } from '../../src/workflows/activity-table.ts';

/** Whatever is asked of it fails as nobody expects, with an identifier in its words. */
const broken: unknown = new Proxy(() => undefined, {
  get: () => broken,
  apply: () => {
    throw new TypeError('of alice@example.com');
  },
});
const withBroken = <T extends object>(fields: T) =>
  new Proxy(fields, { get: (own, key) => (key in own ? own[key as keyof T] : broken) });
const activities = createActivities(
  withBroken({
    draining: new AbortController().signal,
    heartbeatIntervalMs: 1_000,
  }) as unknown as ActivityDependencies,
);
const underLock = {
  lockHolderRunId: new MockActivityEnvironment().context.info.workflowExecution?.runId,
};

it.each(Object.keys(ACTIVITY_TABLE) as (keyof Activities)[])(
  'an unexpected error in %s is reported as a bug, without its message',
  async (name) => {
    const logged: LogEntry[] = [];
    const logger = new DefaultLogger('INFO', (entry) => logged.push(entry));
    const work = activities[name] as (input: unknown) => Promise<unknown>;
    const environment = new MockActivityEnvironment({}, { logger });
    Object.defineProperty(environment.context, 'client', { get: () => broken });
    // Its fields are broken too: whatever the activity needs of it.
    const input = withBroken(underLock);
    const failure = (await environment
      .run(work, input)
      .catch((error: unknown) => error)) as ApplicationFailure;
    expect(failure).toMatchObject({ type: 'Internal', nonRetryable: false });
    expect(failure.message).toContain(`the activity`);
    expect(failure.message).toContain('please report it');
    expect(failure.message).not.toContain('alice');
    expect(failure.stack).toMatch(/^TypeError\n +at /);
    expect(failure.stack).not.toContain('alice');
    const said = JSON.stringify(logged.map(({ message, meta }) => ({ message, meta })));
    expect(said).toContain('TypeError');
    expect(said).not.toContain('alice');
  },
);
