import type { WorkflowHandle } from '@temporalio/client';
import { defineUpdate } from '@temporalio/workflow';
import { afterAll, beforeAll } from 'vitest';
import { type ExportEnvironment, startExports } from './export-environment.ts';
import { startWebhook, type WebhookServer } from './webhook-server.ts';

export const LANES = 2;
/** Of 1,000 users each. */
export const REQUESTS = 12;
export const USERS = REQUESTS * 1_000;

const pauseUpdate = defineUpdate<string>('pause');
const resumeUpdate = defineUpdate<string>('resume');

export const pause = (handle: WorkflowHandle) => handle.executeUpdate(pauseUpdate);
export const resume = (handle: WorkflowHandle) => handle.executeUpdate(resumeUpdate);

export const order = (cohortId: string, more: object = {}) => ({
  source: { type: 'duckdb', query: `SELECT 'user-' || i AS user_ids FROM range(${USERS}) t(i)` },
  cohortId,
  operation: 'APPEND',
  threadCount: LANES,
  ...more,
});

/** Exports for a file of tests that pause them, and what they post of it. */
export function exportsToPause() {
  let exports: ExportEnvironment;
  let webhook: WebhookServer;
  beforeAll(async () => {
    webhook = await startWebhook();
    exports = await startExports({ notifications: `{ webhookUrl: "${webhook.url}" }` });
  });
  afterAll(async () => {
    await exports[Symbol.asyncDispose]();
    await webhook[Symbol.asyncDispose]();
  });
  return {
    exports: () => exports,
    webhook: () => webhook,
    stage: async (handle: WorkflowHandle) => (await exports.progress(handle)).stage,
    requestsFor: (cohortId: string) => exports.control.requestsFor(cohortId),
    membersOf: async (cohortId: string) => (await exports.control.membersOf(cohortId)).userIds,
  };
}
