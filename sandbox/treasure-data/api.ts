import { createHash, timingSafeEqual } from 'node:crypto';
import type { HttpBindings } from '@hono/node-server';
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response';
import { Hono } from 'hono';
import { isBodyFault, type TreasureDataFault, type TreasureDataRoute } from '../fault-order.ts';
import { errorAnswer, Refusal, timeText } from './answers.ts';
import type { DataFiles } from './data-files.ts';
import {
  type ExchangeState,
  exchange,
  type Handler,
  type TreasureDataContext,
} from './exchange.ts';
import { ENGINES, type Engine, type Job, type JobRequest } from './job.ts';
import { jobJson, shownJobJson, statusJson, USER_NAME } from './job-json.ts';
import type { JobTimes } from './job-times.ts';
import type { Jobs } from './jobs.ts';
import { readIssueParameters, readRunParameters } from './parameters.ts';
import { FORMATS, type Format } from './result-formats.ts';
import type { SavedQueries, SavedQuery } from './saved-queries.ts';
import { headFor, sendFile } from './send-file.ts';

/** What Treasure Data's responses depend on; `/sandbox/treasure-data/…` changes the same objects. */
export interface TreasureDataState extends ExchangeState {
  readonly apiKey: string;
  readonly files: DataFiles;
  readonly times: JobTimes;
  readonly jobs: Jobs;
  readonly savedQueries: SavedQueries;
}

const DATABASE_NAME = /^[a-z0-9_]{1,255}$/;
const LISTED_JOBS = 20;

/** Treasure Data's API, to be mounted at `/v3`. */
export function treasureDataApi(state: TreasureDataState): Hono<{ Bindings: HttpBindings }> {
  const app = new Hono<{ Bindings: HttpBindings }>();
  const { jobs, savedQueries } = state;
  const guarded = (route: TreasureDataRoute, handler: Handler) =>
    exchange(state, route, (c, fault, log) => {
      checkKey(c, state.apiKey);
      return handler(c, fault, log);
    });
  const findJob = (c: TreasureDataContext): Job => {
    const id = c.req.param('job_id') ?? '';
    const job = jobs.get(id);
    if (job !== undefined) return job;
    const [account] = state.apiKey.split('/');
    throw new Refusal(404, `Couldn't find Job with account_id = ${account}, id = ${id}`);
  };

  app.get('/system/server_status', (c) => c.json({ status: 'ok' }));
  app.get('/user/show', (c) => {
    const isKnown = isKey(c, state.apiKey);
    return isKnown ? c.json({ name: USER_NAME }) : errorAnswer(c, unauthorized());
  });

  app.post(
    '/job/issue/:type/:database',
    guarded('td.issue', async (c) => {
      const { type = '', database = '' } = c.req.param();
      if (!isEngine(type)) throw new Refusal(400, `Unknown job type '${type}'`);
      if (!DATABASE_NAME.test(database)) {
        throw new Refusal(404, `Couldn't find Database with name = ${database}`);
      }
      const parameters = await readIssueParameters(c);
      const { id } = issue(jobs, {
        type,
        database,
        query: parameters.query,
        priority: parameters.priority,
        retryLimit: parameters.retry_limit,
        poolName: parameters.pool_name ?? null,
        engineVersion: parameters.engine_version ?? null,
        scheduledTime: parameters.scheduled_time ?? null,
        domainKey: parameters.domain_key ?? null,
        savedQuery: null,
      });
      return c.json({ job: String(id), job_id: String(id), database });
    }),
  );
  app.get(
    '/job/status/:job_id',
    guarded('td.status', (c, fault) => c.json(statusJson(findJob(c), countedWrong(fault)))),
  );
  app.get(
    '/job/status_by_domain_key/:domain_key',
    guarded('td.statusByDomainKey', (c) => {
      const key = c.req.param('domain_key') ?? '';
      const job = jobs.withDomainKey(key);
      if (job === undefined) throw new Refusal(404, `Couldn't find Job with domain_key = ${key}`);
      return c.json(statusJson(job));
    }),
  );
  app.get(
    '/job/show/:job_id',
    guarded('td.show', (c, fault) =>
      c.json(shownJobJson(findJob(c), originOf(c), countedWrong(fault))),
    ),
  );
  app.get(
    '/job/list',
    guarded('td.list', (c) => {
      const from = Number(c.req.query('from') ?? 0);
      const to = Number(c.req.query('to') ?? from + LISTED_JOBS - 1);
      const status = c.req.query('status');
      const all = jobs.newestFirst().filter((job) => status === undefined || job.status === status);
      const shown = all.slice(from, to + 1).map((job) => jobJson(job, originOf(c)));
      return c.json({ count: all.length, from, to, jobs: shown });
    }),
  );
  app.get(
    '/job/result/:job_id',
    guarded('td.result', (c, fault, log) => sendResult(c, findJob(c), fault, log)),
  );
  app.post(
    '/job/kill/:job_id',
    guarded('td.kill', (c) => {
      const job = findJob(c);
      const former = job.status;
      jobs.kill(job);
      return c.json({ job_id: String(job.id), former_status: former });
    }),
  );

  app.get(
    '/schedule/list',
    guarded('td.schedules', (c) => c.json({ schedules: savedQueries.list().map(scheduleJson) })),
  );
  app.post(
    '/schedule/run/:name/:time',
    guarded('td.runSchedule', async (c) => {
      const { name = '', time = '' } = c.req.param();
      const saved = savedQueries.get(name);
      if (saved === undefined) throw new Refusal(404, `Couldn't find Schedule with name = ${name}`);
      if (!/^\d{1,15}$/.test(time)) throw new Refusal(422, 'Validation failed: invalid time');
      const { num, domain_key: domainKey = null } = await readRunParameters(c);
      const requested = requestOf(saved, Number(time), domainKey);
      const issued = Array.from({ length: num }, () => issue(jobs, requested));
      const scheduledAt = timeText(new Date(Number(time) * 1_000));
      return c.json({
        jobs: issued.map(({ id }) => ({ job_id: id, type: saved.type, scheduled_at: scheduledAt })),
      });
    }),
  );

  app.all('*', (c) => errorAnswer(c, new Refusal(404, 'Resource not found')));
  return app;
}

function issue(jobs: Jobs, request: JobRequest): Job {
  const issued = jobs.issue(request);
  if ('job' in issued) return issued.job;
  throw new Refusal(409, 'Domain key has already been taken', {
    conflicts_with: issued.conflict.id,
  });
}

async function sendResult(
  c: TreasureDataContext,
  job: Job,
  fault: TreasureDataFault | null,
  log: (status: number | null) => void,
): Promise<Response> {
  const format = c.req.query('format') ?? 'tsv';
  if (!isFormat(format)) throw new Refusal(400, `Unknown format '${format}'`);
  const { result } = job;
  if (result === null) throw new Refusal(404, `Job result of job ${job.id} does not exist`);
  if (fault?.kind === 'renew') result.renew();
  const requested = {
    format,
    header: c.req.query('header')?.toLowerCase() === 'true',
    nullifySpecial: c.req.query('nullify_special')?.toLowerCase() === 'true',
  };
  const file = await result.file(requested, fault?.kind === 'truncate' ? fault : null);
  const head = headFor(c.env.incoming, file);
  log(head.status);
  await sendFile(c.env.outgoing, file.path, head, isBodyFault(fault) ? fault : null);
  return RESPONSE_ALREADY_SENT;
}

function scheduleJson(saved: SavedQuery) {
  const { createdAt, id, ...shown } = saved;
  return {
    id: String(id),
    ...shown,
    result: '',
    user_name: USER_NAME,
    created_at: createdAt.toISOString().replace(/\.\d+Z$/, 'Z'),
    next_time: null,
  };
}

function requestOf(saved: SavedQuery, scheduledTime: number, domainKey: string | null): JobRequest {
  return {
    type: saved.type,
    database: saved.database,
    query: saved.query,
    priority: saved.priority,
    retryLimit: saved.retry_limit,
    poolName: saved.pool_name,
    engineVersion: saved.engine_version,
    scheduledTime,
    domainKey,
    savedQuery: saved.name,
  };
}

function checkKey(c: TreasureDataContext, apiKey: string): void {
  if (!isKey(c, apiKey)) throw unauthorized();
}

function isKey(c: TreasureDataContext, apiKey: string): boolean {
  const [, given = ''] = /^TD1 +(\S+)$/.exec(c.req.header('authorization') ?? '') ?? [];
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(apiKey));
}

function unauthorized(): Refusal {
  return new Refusal(401, 'Authentication failed');
}

/** By how many; `null` if the number is left out. */
function countedWrong(fault: TreasureDataFault | null): number | null {
  return fault?.kind === 'miscount' ? fault.by : 0;
}

function originOf(c: TreasureDataContext): string {
  return new URL(c.req.url).origin;
}

function isEngine(type: string): type is Engine {
  return (ENGINES as readonly string[]).includes(type);
}

function isFormat(format: string): format is Format {
  return (FORMATS as readonly string[]).includes(format);
}
