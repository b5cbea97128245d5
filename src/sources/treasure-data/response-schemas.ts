import { z } from 'zod';

const id = z.union([z.string(), z.int()]).transform(String);
const text = z.string().nullish();

/** `POST /v3/job/issue/…` */
export const issuedJob = z.object({ job_id: id });

/** `POST /v3/schedule/run/…` */
export const startedJobs = z.object({ jobs: z.array(z.object({ job_id: id })) });

/** The response to a `domain_key` that another job has, and that job. */
export const conflict = z.object({ details: z.object({ conflicts_with: id }) });

/** `GET /v3/job/status/…` */
export const jobStatus = z.object({ status: z.string() });

/** `GET /v3/job/status_by_domain_key/…` */
export const jobOfKey = z.object({ job_id: id, status: z.string() });

/** `GET /v3/job/show/…`, as far as it is used. */
export const jobDetails = z.object({
  status: z.string(),
  type: text,
  query: z.unknown().optional(),
  database: z.unknown().optional(),
  url: text,
  end_at: text,
  /** JSON in JSON: pairs of a column's name and type. */
  hive_result_schema: text,
  num_records: z.union([z.int(), z.string().regex(/^\d+$/).transform(Number)]).nullish(),
  debug: z.object({ cmdout: text, stderr: text }).nullish(),
});
export type JobDetails = z.infer<typeof jobDetails>;

/** `GET /v3/schedule/list` */
export const savedQueries = z.object({ schedules: z.array(z.object({ name: z.string() })) });

export const anything = z.unknown();

export type JobOutcome = 'success' | 'error' | 'killed';

/** `null` while the job is queued or runs; an unknown status does not end it. */
export function outcomeOf(status: string): JobOutcome | null {
  return status === 'success' || status === 'error' || status === 'killed' ? status : null;
}
