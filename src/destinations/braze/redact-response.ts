import { parseJson } from '../../http/parse-json.ts';
import { vocabulary } from '../../redaction/known-words.ts';
import { redactWords } from '../../redaction/redact-words.ts';
import { redactSecrets } from '../../redaction/secrets.ts';

/** How the words of a body end that has none: something between answered, and not Braze. */
export const NOT_JSON = 'that is not JSON';

const LONGEST_WORDS = 300;
/** Errors are nested two or three levels deep; anything deeper is not one of Braze's errors. */
const DEEPEST = 5;

/**
 * What Braze writes beyond the vocabulary of all services.
 * https://www.braze.com/docs/partners/isv_partners/cohort_import, https://www.braze.com/docs/api/errors
 */
const KNOWN_SAFE = {
  vocabulary: vocabulary({
    words: 'appropriate braze iso non-empty whitelisted',
    terms: `
      alias_label alias_name aliases client_secret cohort_changes cohort_id created_at device_ids
      external_id partner_api_key should_remove user_ids`,
  }),
  // All that was sent came out of a query.
  isTyped: () => false,
};

/**
 * What a body says to a person, without credentials and what was sent: its known words, with `…` for
 * the others. Never throws, whatever the body.
 */
export function responseWords(body: string, secrets: readonly string[]): string {
  const parsed = parseJson(body);
  if (parsed === undefined) {
    return body.trim() === '' ? '' : `a response body of ${body.length} characters ${NOT_JSON}`;
  }
  const words = redactSecrets(wordsOf(parsed).join('; '), secrets);
  const safe = redactWords(words, KNOWN_SAFE);
  return safe.length > LONGEST_WORDS ? `${safe.slice(0, LONGEST_WORDS)}…` : safe.replace(/\.$/, '');
}

/** The `errors` that came with a success, or the empty string. */
export function partialErrors(body: string): string {
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || !('errors' in parsed)) return '';
  const { errors } = parsed;
  return wordsOf({ errors }).length === 0 ? '' : JSON.stringify({ errors });
}

function wordsOf(value: unknown, depth = 0): string[] {
  if (depth > DEEPEST) return [];
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap((item) => wordsOf(item, depth + 1));
  if (typeof value !== 'object' || value === null) return [];
  const { message, error, errors, type } = value as Record<string, unknown>;
  return [message, error, errors, type].flatMap((item) => wordsOf(item, depth + 1));
}
