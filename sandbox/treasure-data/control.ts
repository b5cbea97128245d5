import { Hono } from 'hono';
import { readInput } from '../read-input.ts';
import type { TreasureDataState } from './api.ts';
import type { Job } from './job.ts';
import { jobTimesInput } from './job-times.ts';
import { savedQueryInput } from './saved-queries.ts';

/** The routes under `/sandbox/treasure-data`. */
export function treasureDataControl(state: TreasureDataState): Hono {
  const { jobs, savedQueries, times } = state;
  const app = new Hono();

  app.get('/', (c) =>
    c.json({
      times: times.settings,
      requests: Object.fromEntries(state.counts),
      jobs: jobs.newestFirst().length,
    }),
  );
  app.put('/', async (c) => {
    const input = await readInput(c, jobTimesInput);
    if (input instanceof Response) return input;
    times.set(input);
    return c.json(times.settings);
  });
  app.get('/requests', (c) => c.json(state.log.newestFirst()));

  app.get('/jobs', (c) => c.json(jobs.newestFirst().map(jobOverview)));
  app.post('/jobs/:id/expire', async (c) => {
    const job = jobs.get(c.req.param('id'));
    if (job === undefined) return c.json({ message: 'There is no job with this id' }, 404);
    await job.expire();
    return c.json(jobOverview(job));
  });

  app.get('/saved-queries', (c) => c.json(savedQueries.list()));
  app.put('/saved-queries/:name', async (c) => {
    const input = await readInput(c, savedQueryInput);
    if (input instanceof Response) return input;
    return c.json(savedQueries.put(c.req.param('name'), input));
  });
  app.delete('/saved-queries/:name', (c) => {
    if (savedQueries.delete(c.req.param('name'))) return c.body(null, 204);
    return c.json({ message: 'There is no saved query with this name' }, 404);
  });
  return app;
}

/** What the page and tests see of a job: what it was issued with, and how it stands. */
export function jobOverview(job: Job) {
  return {
    jobId: String(job.id),
    status: job.status,
    ...job.request,
    createdAt: job.createdAt.toISOString(),
    records: job.schemaOfResult?.records ?? null,
    isExpired: job.schemaOfResult !== null && job.result === null,
  };
}
