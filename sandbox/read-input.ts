import type { Context } from 'hono';
import { z } from 'zod';

/** The checked body of a control request, or the 400 that says what is wrong with it. */
export async function readInput<T>(c: Context, schema: z.ZodType<T>): Promise<T | Response> {
  let body: unknown;
  try {
    body = await c.req.json();
  } catch {
    return c.json({ message: 'The request body must be JSON' }, 400);
  }
  const result = schema.safeParse(body);
  return result.success ? result.data : c.json({ message: z.prettifyError(result.error) }, 400);
}
