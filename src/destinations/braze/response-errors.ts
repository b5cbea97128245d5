import { IdentifiersRefused } from '../../domain/destination-port.ts';
import { ExportError } from '../../domain/failures.ts';
import type { HttpResponse } from '../../http/exchange.ts';
import type { NoResponse, Peer } from '../../http/no-response.ts';
import { headerText } from '../../http/requested-wait.ts';
import {
  applyRules,
  type FailedResponse,
  is,
  isClientError,
  isRedirect,
  isServerError,
  type ResponseRules,
} from '../../http/response-rules.ts';
import { NOT_JSON } from './redact-response.ts';

export const BRAZE: Peer = {
  name: 'Braze',
  setting: 'restEndpoint',
  nextStep: 'Then start the export again.',
};

/**
 * Every response that is not a success, first match first.
 * https://www.braze.com/docs/partners/isv_partners/cohort_import and
 * https://www.braze.com/docs/api/errors
 */
const RULES: ResponseRules = {
  name: BRAZE.name,
  unavailable: 'BrazeUnavailable',
  rules: [
    {
      matches: is(401),
      type: 'BrazeUnauthorized',
      retry: 'never',
      advice:
        'Check dataImportKey, partnerApiKey, partnerName and restEndpoint of the connection: Braze returns this both for an invalid key and for a valid key on another instance.',
    },
    {
      matches: is(403),
      type: 'BrazeUnauthorized',
      retry: 'never',
      advice:
        "The key is valid but not permitted to do this, or the worker's address is not on the allow-list. Ask your Braze representative whether cohort import is enabled.",
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
      advice: "Requests stay below Braze's limit of 4 MB, so a proxy probably has a lower limit.",
    },
    { matches: is(408), type: 'BrazeUnavailable', retry: 'backoff', advice: '' },
    {
      matches: is(423),
      type: 'BrazeUnavailable',
      retry: 'wait',
      advice: 'Another client is changing this cohort.',
    },
    {
      matches: is(429),
      type: 'BrazeUnavailable',
      retry: 'wait',
      advice: 'The rate limit is exhausted; lower requestsPerHour if others share it.',
    },
    {
      matches: isRedirect,
      type: 'BrazeRejected',
      retry: 'never',
      advice: "Redirects are not followed: set restEndpoint to the redirect's target.",
    },
    {
      matches: isClientError,
      type: 'BrazeRejected',
      retry: 'never',
      advice: 'Retrying cannot help.',
    },
    { matches: isServerError, type: 'BrazeUnavailable', retry: 'wait', advice: '' },
  ],
};

/** The failure that a response means; only for responses that are not a success. */
export function classifyResponse(response: FailedResponse, nowMs: number): ExportError {
  return applyRules(RULES, response, nowMs);
}

/**
 * Words of the documented texts, which are all about the request as a whole or its keys. None is known
 * for a single identifier, so any other 400 may be about one; if it is not, the chunk soon fails.
 */
const ABOUT_THE_REQUEST =
  /\b(?:cohort\w*|name|created_at|should_remove|per request|partner|secret|access|locked)\b/i;

/** The same for a change of members, where a 400 may be about some of them. */
export function classifyChange(response: FailedResponse, nowMs: number): ExportError {
  const failure = classifyResponse(response, nowMs);
  const { status, words } = response;
  const isAboutRequest = ABOUT_THE_REQUEST.test(words) || words.endsWith(NOT_JSON);
  if (status !== 400 || words === '' || isAboutRequest) return failure;
  const reason = `was refused by ${BRAZE.name}: ${words}`;
  return new IdentifiersRefused(failure.type, failure.message, reason);
}

/** A page where Braze would have answered with JSON or nothing: Braze has not seen the request. */
export function isPage({ headers, text }: HttpResponse): boolean {
  const type = headerText(headers, 'content-type') ?? '';
  return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type) || /^\s*</.test(text);
}

/** The failure that a page with a status of success means. */
export function pageFailure(status: number): ExportError {
  return new ExportError(
    'BrazeUnavailable',
    `Something between this worker and Braze answered ${status} with a web page, so Braze has not accepted the request. Check the proxy, and whether the network asks for a login.`,
    'backoff',
  );
}

/** The failure that a request without a response means. */
export function unavailable({ message, retry }: NoResponse): ExportError {
  return new ExportError('BrazeUnavailable', message, retry);
}
