import { ExportError, type FailureType, type Retry } from '../../domain/failures.ts';

import { explainNoAnswer } from '../../http/no-response.ts';
import { type Headers, headerText, retryAfterMs, secondsToMs } from '../../http/retry-after.ts';

/** Longer waits than the rate limit's own window are not believed. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;
/** `x-ratelimit-reset` is epoch seconds; one client reads seconds to go. Above this it is an epoch. */
const EPOCH_FROM = 1e9;

/** What Braze answered, as far as it matters: header names in lower case. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** Braze's own words, already free of credentials and identifiers. */
  readonly words: string;
}

interface Rule {
  readonly matches: (status: number) => boolean;
  readonly type: FailureType;
  readonly retry: 'never' | 'backoff' | 'wait';
  readonly advice: string;
}

const is =
  (...statuses: readonly number[]) =>
  (status: number) =>
    statuses.includes(status);

/**
 * Every answer that is not a success, first match first.
 * https://www.braze.com/docs/partners/isv_partners/cohort_import and
 * https://www.braze.com/docs/api/errors
 */
const RULES: readonly Rule[] = [
  {
    matches: is(401),
    type: 'BrazeUnauthorized',
    retry: 'never',
    advice:
      'Check dataImportKey, partnerApiKey, partnerName and restEndpoint of the connection: Braze answers this for an invalid key and for the right key on another instance.',
  },
  {
    matches: is(403),
    type: 'BrazeUnauthorized',
    retry: 'never',
    advice:
      'The key is known but may not do this, or the address of the worker is not on the allow-list. Ask your Braze representative whether cohort import is enabled.',
  },
  {
    matches: is(404),
    type: 'BrazeRejected',
    retry: 'never',
    advice: 'There is nothing at this URL: check restEndpoint and partnerName of the connection.',
  },
  {
    matches: is(413),
    type: 'BrazeRejected',
    retry: 'never',
    advice: 'Requests stay below the 4 MB of Braze, so a proxy in between must have a lower limit.',
  },
  { matches: is(408), type: 'BrazeUnavailable', retry: 'backoff', advice: '' },
  {
    matches: is(423),
    type: 'BrazeUnavailable',
    retry: 'wait',
    advice: 'Something else is changing this cohort at the moment.',
  },
  {
    matches: is(429),
    type: 'BrazeUnavailable',
    retry: 'wait',
    advice: 'The rate limit is used up; lower requestsPerHour if others share it.',
  },
  {
    matches: (status) => status >= 300 && status < 400,
    type: 'BrazeRejected',
    retry: 'never',
    advice: 'Redirects are not followed: set restEndpoint to the address that it leads to.',
  },
  {
    matches: (status) => status >= 400 && status < 500,
    type: 'BrazeRejected',
    retry: 'never',
    advice: 'The same request would be refused again.',
  },
  { matches: (status) => status >= 500, type: 'BrazeUnavailable', retry: 'wait', advice: '' },
];

export function isAccepted(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The failure that an answer means; only for answers that are not accepted. */
export function classifyAnswer(answer: Answer, nowMs: number): ExportError {
  const rule = RULES.find(({ matches }) => matches(answer.status));
  const { type, retry, advice } = rule ?? {
    type: 'BrazeUnavailable',
    retry: 'backoff',
    advice: '',
  };
  const said = answer.words === '' ? '' : `: ${answer.words}`;
  const message = `Braze answered ${answer.status}${said}. ${advice}`.trim();
  return new ExportError(type, message, retry === 'wait' ? waitOf(answer, nowMs) : retry);
}

function waitOf({ headers }: Answer, nowMs: number): Retry {
  const waits = [
    retryAfterMs(headers, nowMs),
    secondsToMs(headerText(headers, 'x-ratelimit-retry-after')),
    resetMs(headerText(headers, 'x-ratelimit-reset'), nowMs),
  ];
  const afterMs = waits.find((wait) => wait !== null);
  return afterMs == null ? 'backoff' : { afterMs: Math.min(Math.max(afterMs, 0), LONGEST_WAIT_MS) };
}

function resetMs(value: string | undefined, nowMs: number): number | null {
  const wait = secondsToMs(value);
  return wait !== null && wait > EPOCH_FROM * 1000 ? wait - nowMs : wait;
}

/** The failure that a request without an answer means. */
export function classifyNetworkError(error: unknown): ExportError {
  const { message, retry } = explainNoAnswer(error, { name: 'Braze', setting: 'restEndpoint' });
  return new ExportError('BrazeUnavailable', message, retry);
}
