import { redactSecrets } from '../../domain/masking.ts';

const LONGEST_WORDS = 300;
/** Errors lie two or three levels deep; what is deeper is no error of Braze's. */
const DEEPEST = 5;

/**
 * The words of Braze's documented answers, and those that gateways use. Any other word of an answer may
 * be, or hold, an identifier that was sent: cut off, encoded or in other letters.
 * https://www.braze.com/docs/partners/isv_partners/cohort_import, https://www.braze.com/docs/api/errors
 */
const KNOWN_WORDS = new Set(
  `a access account after alias alias_label alias_name aliases all allowed an and api application are array
  arrays as at authorized bad be been body busy by bytes cannot client client_secret cohort cohort_changes
  cohort_id cohorts connection created_at data denied device_ids disabled does doesn't each empty enabled
  endpoint entity entry error errors exceeded exist exists expired external_id failed fatal fewer for
  forbidden format found from gateway given has have header id identifier identifiers import in integer
  internal invalid ip is it iso-8601 iso8601 json key keys large later length limit limited list locked long
  malformed mapping match maximum method missing more must name no non-empty not object objects of on only
  or over parameter parse partner partner_api_key payload per permission permissions please rate reached
  redacted request requests required resource retry secret server service should_remove string strings
  success temporarily than that the this time timeout to too traffic true false try type unable
  unauthorized unavailable unexpected unknown unsupported upstream url user user_ids users valid value
  values was were whitelisted with workspace your and/or`.split(/\s+/),
);
/** Numbers of the documented texts. */
const KNOWN_NUMBERS = new Set(['1,000', '1000', '988', '4', '75']);

/**
 * What a body says to a person, free of credentials and of what was sent: its known words, with `…`
 * for the others. Never throws, whatever the body.
 */
export function answerWords(body: string, secrets: readonly string[]): string {
  const parsed = parseJson(body);
  if (parsed === undefined) {
    return body.trim() === '' ? '' : `a body of ${body.length} characters that is not JSON`;
  }
  const words = redactSecrets(wordsOf(parsed).join('; '), secrets);
  const safe = knownWords(words);
  return safe.length > LONGEST_WORDS ? `${safe.slice(0, LONGEST_WORDS)}…` : safe.replace(/\.$/, '');
}

/** The `errors` that came with a success, or the empty string. */
export function partialErrors(body: string): string {
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || !('errors' in parsed)) return '';
  const { errors } = parsed;
  return wordsOf({ errors }).length === 0 ? '' : JSON.stringify({ errors });
}

function knownWords(text: string): string {
  return text
    .split(/\s+/)
    .map((word) => {
      const [, before = '', bare = '', after = ''] =
        /^([`'"([{]*)(.*?)([`'"\])};:,.!?]*)$/s.exec(word) ?? [];
      const isKnown =
        bare === '' ||
        KNOWN_WORDS.has(bare.toLowerCase()) ||
        KNOWN_NUMBERS.has(bare) ||
        bare === '[redacted';
      return isKnown ? word : `${before}…${after}`;
    })
    .join(' ')
    .replace(/…(?: …)+/g, '…');
}

function wordsOf(value: unknown, depth = 0): string[] {
  if (depth > DEEPEST) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item) => wordsOf(item, depth + 1));
  if (typeof value !== 'object' || value === null) return [];
  const { message, error, errors, type } = value as Record<string, unknown>;
  return [message, error, errors, type].flatMap((item) => wordsOf(item, depth + 1));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
