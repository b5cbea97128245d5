import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, expect } from 'vitest';
import { findSchedule } from '../../../src/schedules/temporal/find-schedule.ts';
import { emptyFolder } from '../../support/folders.ts';
import { schedule } from './schedule-command.ts';

export const EXPORT = {
  source: { type: 'duckdb', query: "SELECT id AS user_ids\nFROM 'members.csv'" },
  cohortId: 'vip',
  operation: 'APPEND',
};

export interface RealSchedules {
  readonly client: Client;
  readonly connection: Connection;
  /** An id whose schedule is deleted after the tests, with its runs. */
  readonly newId: () => string;
  /** Applies a file with these fields, to test what comes after that. */
  readonly applied: (fields: object) => Promise<{ id: string; folder: string }>;
}

/** Schedules on the real Temporal of `TEMPORAL_ADDRESS`, for the tests of a file. */
export function useRealSchedules(): RealSchedules {
  const made: string[] = [];
  const connection = Connection.lazy({ address: process.env.TEMPORAL_ADDRESS ?? '' });
  const client = new Client({ connection });
  const newId = () => {
    const id = `cli-${randomUUID()}`;
    made.push(id);
    return id;
  };
  afterAll(async () => {
    for (const id of made) {
      const found = await findSchedule({ client, connection, namespace: 'default' }, id);
      if (found === null) continue;
      await client.schedule.getHandle(id).delete();
      for (const { workflow } of found.info.runningActions) {
        await client.workflow.getHandle(workflow.workflowId).terminate('the test is over');
      }
    }
    await connection.close();
  });
  return { client, connection, newId, applied: (fields) => applyNew(newId(), fields) };
}

/** A schedule file; JSON is YAML. No worker polls its task queue, so its runs just stay. */
export function scheduleFile(folder: string, fields: object): string {
  const file = { cron: '0 3 * * *', timezone: 'Asia/Tokyo', export: EXPORT, ...fields };
  writeFileSync(join(folder, 'jobs.yaml'), JSON.stringify(file, null, 2));
  return 'jobs.yaml';
}

/** What a command printed that has to succeed. */
export async function done(args: readonly string[], folder?: string): Promise<string> {
  const { code, stdout, stderr } = await schedule(args, folder);
  expect([code, stderr]).toEqual([0, stderr]);
  return stdout;
}

export async function json<T = Record<string, unknown>>(args: readonly string[], folder?: string) {
  return JSON.parse(await done([...args, '--json'], folder)) as T;
}

async function applyNew(id: string, fields: object) {
  const folder = emptyFolder();
  const file = scheduleFile(folder, { scheduleId: id, ...fields });
  const created = await json(['apply', file], folder);
  expect(created).toMatchObject({ scheduleId: id, result: 'created' });
  return { id, folder };
}
