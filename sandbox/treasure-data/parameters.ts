import type { Context } from 'hono';
import { z } from 'zod';
import { Refusal } from './answers.ts';

const POOL_NAMES = ['default'];
/** Version names and numbers, such as `stable` and `2020.1`. */
const ENGINE_VERSION = /^(?:stable|experimental|\d+(?:\.\d+)*)$/;

/** A whole number, in JSON or as the text of a form field. */
const whole = z
  .union([
    z.int(),
    z
      .string()
      .regex(/^-?\d{1,15}$/)
      .transform(Number),
  ])
  .pipe(z.int());

export const priority = whole.pipe(z.int().min(-2).max(2));
export const retryLimit = whole.pipe(z.int().min(0).max(32));

const issueParameters = z.object({
  query: z.string().min(1),
  priority: priority.default(0),
  retry_limit: retryLimit.default(0),
  pool_name: z.string().optional(),
  engine_version: z.string().regex(ENGINE_VERSION, 'is unknown').optional(),
  scheduled_time: whole.optional(),
  domain_key: z.string().min(1).optional(),
});

const runParameters = z.object({
  num: whole.pipe(z.int().min(1).max(10)).default(1),
  domain_key: z.string().min(1).optional(),
});

export type IssueParameters = z.infer<typeof issueParameters>;
export type RunParameters = z.infer<typeof runParameters>;

/** @throws Refusal 400 for an unknown pool, 422 for everything else */
export async function readIssueParameters(c: Context): Promise<IssueParameters> {
  const parameters = validated(issueParameters, await readFields(c));
  const { pool_name: pool } = parameters;
  if (pool !== undefined && !POOL_NAMES.includes(pool)) {
    throw new Refusal(400, `Resource pool '${pool}' does not exist`);
  }
  return parameters;
}

/** @throws Refusal 422 */
export async function readRunParameters(c: Context): Promise<RunParameters> {
  const parameters = validated(runParameters, await readFields(c));
  if (parameters.domain_key !== undefined && parameters.num > 1) {
    throw new Refusal(422, 'Validation failed: domain_key names one job, and num asks for more');
  }
  return parameters;
}

/** Unknown parameters are left out, as Treasure Data does. */
function validated<T>(schema: z.ZodType<T>, fields: Readonly<Record<string, unknown>>): T {
  const result = schema.safeParse(fields);
  if (result.success) return result.data;
  const { path, message } = result.error.issues[0] ?? { path: [], message: 'invalid' };
  const name = path.join('.');
  const words =
    fields[name] === undefined
      ? `'${name}' parameter is required but missing`
      : `Validation failed: ${name}: ${message}`;
  throw new Refusal(422, words);
}

/** Of the URL's query, and of a body that is JSON, a form, or a form in parts. */
async function readFields(c: Context): Promise<Record<string, unknown>> {
  const contentType = c.req.header('content-type') ?? '';
  const fromUrl = c.req.query();
  if (!/^application\/json\b/i.test(contentType)) {
    return { ...fromUrl, ...(await c.req.parseBody()) };
  }
  const body: unknown = await c.req.json().catch(() => null);
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new Refusal(400, 'The request body must be a JSON object');
  }
  return { ...fromUrl, ...body };
}
