import { timeText } from './answers.ts';
import type { Job } from './job.ts';

/** `countedWrong` is added to `num_records`; `null` leaves it out. */
export function statusJson(job: Job, countedWrong: number | null = 0) {
  const records = job.schemaOfResult?.records;
  const isCounted = records !== undefined && countedWrong !== null;
  const { startAt, endAt } = job;
  return {
    job_id: String(job.id),
    status: job.status,
    cpu_time: null,
    created_at: timeText(job.createdAt),
    updated_at: timeText(job.updatedAt),
    start_at: timeText(startAt),
    end_at: timeText(endAt),
    duration:
      startAt === null || endAt === null
        ? null
        : Math.round((endAt.getTime() - startAt.getTime()) / 1_000),
    num_records: isCounted ? Math.max(0, records + countedWrong) : null,
    result_size: job.schemaOfResult?.size ?? null,
  };
}

/** As in lists; `origin` is the sandbox's URL. */
export function jobJson(job: Job, origin: string, countedWrong: number | null = 0) {
  const { request } = job;
  return {
    ...statusJson(job, countedWrong),
    type: request.type,
    database: request.database,
    query: request.query,
    priority: request.priority,
    retry_limit: request.retryLimit,
    result: '',
    url: `${origin}/#job-${job.id}`,
    user_name: USER_NAME,
    organization: null,
    hive_result_schema: schemaText(job),
    linked_result_export_job_id: null,
    result_export_target_job_id: null,
    domain_key: request.domainKey,
    scheduled_time: request.scheduledTime,
    engine_version: request.engineVersion,
    pool_name: request.poolName,
  };
}

export function shownJobJson(job: Job, origin: string, countedWrong: number | null) {
  const debug = { cmdout: job.cmdout, stderr: job.stderr };
  return { ...jobJson(job, origin, countedWrong), debug };
}

export const USER_NAME = 'Sandbox';

/** JSON inside JSON, for all engines; `null` without a result. */
function schemaText({ schemaOfResult, request }: Job): string | null {
  if (schemaOfResult === null) return null;
  const dialect = request.type === 'hive' ? 'hive' : 'trino';
  return JSON.stringify(schemaOfResult.columns.map(({ name, type }) => [name, type[dialect]]));
}
