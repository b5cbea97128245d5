import { z } from 'zod';
import { ExportError } from '../../domain/failures.ts';
import type { HttpResponse } from '../../http/exchange.ts';
import { NoResponse, type Peer } from '../../http/no-response.ts';
import { parseJson } from '../../http/parse-json.ts';
import {
  applyRules,
  is,
  isClientError,
  isRedirect,
  isServerError,
  type ResponseRules,
} from '../../http/response-rules.ts';
import { redactSecrets } from '../../redaction/secrets.ts';
import type { TreasureDataConnection } from './connection.ts';
import { otherRegions } from './endpoint.ts';

const NAME = 'Treasure Data';
const MAX_WORDS = 300;
const KEY_FORM = /^\d+\/[0-9a-f]{40}$/;

export function peerOf({ name }: TreasureDataConnection): Peer {
  return {
    name: NAME,
    setting: `endpoint of the connection "${name}"`,
    nextStep: 'Then start the export again.',
  };
}

/**
 * Every response that is not a success, first match first; what a status means for a certain request
 * (a job or a saved query that is not there) is said where that request is made.
 * https://api-docs.treasuredata.com/
 */
const rulesFor = (connection: TreasureDataConnection): ResponseRules => ({
  name: NAME,
  unavailable: 'SourceUnavailable',
  rules: [
    { matches: is(401), type: 'SourceUnauthorized', retry: 'never', advice: keyAdvice(connection) },
    {
      matches: is(403),
      type: 'SourceUnauthorized',
      retry: 'never',
      advice:
        "The key is valid, but its user is not permitted to do this, or the worker's address is not on the account's IP allow-list. Ask an administrator of the account for permission to query this database.",
    },
    { matches: is(408, 429), type: 'SourceUnavailable', retry: 'wait', advice: '' },
    {
      matches: isRedirect,
      type: 'SourceUnavailable',
      retry: 'never',
      advice:
        "Redirects are not followed: set endpoint in the configuration to the redirect's target.",
    },
    {
      matches: isClientError,
      type: 'QueryFailed',
      retry: 'never',
      advice: 'Retrying cannot help: correct the source.',
    },
    {
      matches: isServerError,
      type: 'SourceUnavailable',
      retry: 'wait',
      advice: '',
    },
  ],
});

/** The failure that a response means; only for responses that are not a success. */
export function classifyResponse(
  { status, headers, text }: HttpResponse,
  connection: TreasureDataConnection,
  nowMs: number,
): ExportError {
  const words = wordsOf(text, [connection.apiKey]);
  return applyRules(rulesFor(connection), { status, headers, words }, nowMs);
}

/** The failure that a request without a whole response means. */
export function unavailable(error: unknown, connection: TreasureDataConnection): ExportError {
  const { message, retry } =
    error instanceof NoResponse ? error : new NoResponse(error, peerOf(connection));
  return new ExportError('SourceUnavailable', message, retry);
}

/** A wrong key and a key of another region get the same response. */
function keyAdvice({ name, endpoint, apiKey }: TreasureDataConnection): string {
  const host = new URL(endpoint).host;
  if (!KEY_FORM.test(apiKey)) {
    return `The apiKey of the connection "${name}" does not look like an API key: it should be the account's number, a slash and 40 hexadecimal digits. Copy it again from the profile page of Treasure Data.`;
  }
  return `The apiKey of the connection "${name}" is well-formed, but ${host} does not accept it: either it was revoked, or its account is in another region. A key is valid in one region only; set endpoint to the account's region: ${otherRegions(endpoint)}.`;
}

const errorBody = z.object({
  error: z.string().nullish(),
  message: z.string().nullish(),
  text: z.string().nullish(),
});

/** Treasure Data's own message; empty if a proxy sent something other than JSON. */
function wordsOf(text: string, secrets: readonly string[]): string {
  const body = errorBody.safeParse(parseJson(text));
  if (!body.success) return '';
  const words = body.data.message || body.data.error || body.data.text || '';
  const line = redactSecrets(words.replace(/\s+/g, ' ').trim(), secrets);
  return line.length <= MAX_WORDS ? line : `${line.slice(0, MAX_WORDS)}…`;
}
