import { z } from 'zod';
import { ExportError, type FailureType, type Retry } from '../../domain/failures.ts';
import { type Headers, retryAfterMs } from '../../http/retry-after.ts';
import { redactSecrets } from '../../redaction/secrets.ts';
import type { TreasureDataConnection } from './connection.ts';
import { otherRegions } from './endpoint.ts';

/** Longer waits are not believed. */
const LONGEST_WAIT_MS = 60 * 60 * 1000;
const MAX_WORDS = 300;
const KEY_FORM = /^\d+\/[0-9a-f]{40}$/;

/** An answer that is no success; header names in lower case. */
export interface Refusal {
  readonly status: number;
  readonly headers: Headers;
  /** The body, as it came. */
  readonly text: string;
}

interface Rule {
  readonly matches: (status: number) => boolean;
  readonly type: FailureType;
  readonly retry: 'never' | 'wait';
  readonly advice: (connection: TreasureDataConnection) => string;
}

const is =
  (...statuses: readonly number[]) =>
  (status: number) =>
    statuses.includes(status);

/**
 * Every answer that is not a success, first match first; what a status means for a certain request
 * (a job or a saved query that is not there) is said where that request is made.
 * https://api-docs.treasuredata.com/
 */
const RULES: readonly Rule[] = [
  { matches: is(401), type: 'SourceUnauthorized', retry: 'never', advice: keyAdvice },
  {
    matches: is(403),
    type: 'SourceUnauthorized',
    retry: 'never',
    advice: () =>
      "The key is known, but its user may not do this, or the worker's address is not on the account's IP allow-list. Ask an administrator of the account for permission to query this database.",
  },
  { matches: is(408, 429), type: 'SourceUnavailable', retry: 'wait', advice: () => '' },
  {
    matches: (status) => status >= 300 && status < 400,
    type: 'SourceUnavailable',
    retry: 'never',
    advice: () =>
      'Redirects are not followed: set endpoint in the configuration to the address that it leads to.',
  },
  {
    matches: (status) => status >= 400 && status < 500,
    type: 'QueryFailed',
    retry: 'never',
    advice: () => 'The same request would be refused again: correct the source.',
  },
  {
    matches: (status) => status >= 500,
    type: 'SourceUnavailable',
    retry: 'wait',
    advice: () => '',
  },
];

/** The failure that an answer means; only for answers that are no success. */
export function classifyRefusal(
  refusal: Refusal,
  connection: TreasureDataConnection,
  nowMs: number,
): ExportError {
  const rule = RULES.find(({ matches }) => matches(refusal.status));
  const { type, retry, advice } = rule ?? {
    type: 'SourceUnavailable',
    retry: 'wait',
    advice: () => '',
  };
  const words = wordsOf(refusal.text, [connection.apiKey]);
  const said = words === '' ? '' : `: ${words.replace(/\.$/, '')}`;
  const message = `Treasure Data answered ${refusal.status}${said}. ${advice(connection)}`.trim();
  return new ExportError(type, message, retry === 'wait' ? waitOf(refusal, nowMs) : retry);
}

/** A wrong key and a key of another region get the same answer. */
function keyAdvice({ name, endpoint, apiKey }: TreasureDataConnection): string {
  const host = new URL(endpoint).host;
  if (!KEY_FORM.test(apiKey)) {
    return `The apiKey of the connection "${name}" does not look like one: it should be the account's number, a slash and 40 hexadecimal digits. Copy it again from the profile page of Treasure Data.`;
  }
  return `The apiKey of the connection "${name}" is well-formed, but ${host} does not accept it: either it was revoked, or its account lives in another region. Keys are valid in one region only; set endpoint to the account's own: ${otherRegions(endpoint)}.`;
}

function waitOf({ headers }: Refusal, nowMs: number): Retry {
  const afterMs = retryAfterMs(headers, nowMs);
  return afterMs === null
    ? 'backoff'
    : { afterMs: Math.min(Math.max(afterMs, 0), LONGEST_WAIT_MS) };
}

const errorBody = z.object({
  error: z.string().nullish(),
  message: z.string().nullish(),
  text: z.string().nullish(),
});

/** Treasure Data's own words; none where a proxy answered something else than JSON. */
function wordsOf(text: string, secrets: readonly string[]): string {
  const body = errorBody.safeParse(parseJson(text));
  if (!body.success) return '';
  const words = body.data.message || body.data.error || body.data.text || '';
  const line = redactSecrets(words.replace(/\s+/g, ' ').trim(), secrets);
  return line.length <= MAX_WORDS ? line : `${line.slice(0, MAX_WORDS)}…`;
}

/** `null` where it is no JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
