import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import type { ActivityDependencies } from '../../src/activities/dependencies.ts';
import { createActivities } from '../../src/activities/index.ts';
import { NotificationError } from '../../src/domain/notification-error.ts';

const logger = new DefaultLogger('ERROR');

it.each([
  ['backoff', false],
  ['never', true],
] as const)(
  'a notification that fails, retry %s, is no failure of an export',
  async (retry, nonRetryable) => {
    const notifier = {
      degradedAbove: 0,
      send: () => Promise.reject(new NotificationError('The webhook answered.', retry)),
    };
    const { notify } = createActivities({ notifier } as unknown as ActivityDependencies);
    const event = { event: 'paused', run: {}, note: '' };
    const sent = new MockActivityEnvironment({}, { logger }).run(
      notify as (...args: unknown[]) => Promise<void>,
      event,
      '2026-11-22T03:00:05.000Z',
    );
    await expect(sent).rejects.toMatchObject({
      type: 'NotificationFailed',
      message: 'The webhook answered.',
      nonRetryable,
    });
  },
);
