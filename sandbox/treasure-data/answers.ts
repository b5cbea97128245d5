import type { Context } from 'hono';
import type { ContentfulStatusCode } from 'hono/utils/http-status';

/** An error response of Treasure Data. Its message is their own if clients' sources or tests show it. */
export class Refusal extends Error {
  readonly status: number;
  readonly details: Readonly<Record<string, unknown>> | undefined;

  constructor(status: number, words: string, details?: Readonly<Record<string, unknown>>) {
    super(words);
    this.status = status;
    this.details = details;
  }
}

/** Messages for a status that a fault sends without a body. */
const WORDS: Readonly<Record<number, string>> = {
  401: 'Authentication failed',
  403: 'Access denied',
  404: 'Resource not found',
  429: 'Too many requests',
  500: 'Internal server error',
  502: 'Bad gateway',
  503: 'Service unavailable',
};

export function wordsFor(status: number): string {
  return WORDS[status] ?? 'Fault injected in the sandbox';
}

export function errorAnswer(c: Context, { status, message, details }: Refusal): Response {
  const body = {
    error: message,
    message,
    text: message,
    severity: 'error',
    status_code: status,
    ...(details === undefined ? {} : { details }),
  };
  return c.json(body, status as ContentfulStatusCode);
}

/** As Treasure Data writes times, `2015-02-09 11:44:25 UTC`; empty for one that is still to come. */
export function timeText(time: Date | null): string {
  if (time === null) return '';
  return `${time.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
