import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { expect, it } from 'vitest';
import { createActivities } from '../../src/activities/index.ts';
import type { ActivityDependencies } from '../../src/activities/support/dependencies.ts';
import { NotificationError } from '../../src/domain/notification-error.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';

const logger = new DefaultLogger('ERROR');

it.each([
  ['backoff', false],
  ['never', true],
] as const)(
  'a notification that fails (retry %s) does not fail the export',
  async (retry, nonRetryable) => {
    const notifier = {
      degradedAbove: 0,
      send: () => Promise.reject(new NotificationError('The webhook answered.', retry)),
    };
    const dependencies = { notifier, types: EXPORT_TYPES };
    const { notify } = createActivities(dependencies as unknown as ActivityDependencies);
    const input = { event: { event: 'paused', run: {}, note: '' }, at: '2026-11-22T03:00:05.000Z' };
    const sent = new MockActivityEnvironment({}, { logger }).run(
      notify as (input: unknown) => Promise<void>,
      input,
    );
    await expect(sent).rejects.toMatchObject({
      type: 'NotificationFailed',
      message: 'The webhook answered.',
      nonRetryable,
    });
  },
);
