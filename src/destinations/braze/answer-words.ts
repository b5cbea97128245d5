import { maskEchoes, redactSecrets } from '../../domain/masking.ts';

const LONGEST_WORDS = 300;

/** Words of the protocol, which may stand in an answer and in a request alike. */
const VOCABULARY = new Set([
  'cohort_id',
  'cohort_changes',
  'user_ids',
  'device_ids',
  'aliases',
  'alias_name',
  'alias_label',
  'should_remove',
  'partner_api_key',
  'client_secret',
  'created_at',
  'name',
  'true',
  'false',
]);

/**
 * What a body says to a person, free of credentials and of what was sent. Braze documents no
 * envelope, and a proxy's page may quote a request anywhere: only the known fields are believed.
 */
export function answerWords(body: string, sent: string, secrets: readonly string[]): string {
  const parsed = parseJson(body);
  if (parsed === undefined)
    return body.trim() === '' ? '' : `a body of ${body.length} characters that is not JSON`;
  const words = wordsOf(parsed).join('; ');
  const safe = maskEchoes(redactSecrets(words, secrets), sent, VOCABULARY);
  return safe.length > LONGEST_WORDS ? `${safe.slice(0, LONGEST_WORDS)}…` : safe.replace(/\.$/, '');
}

/** The `errors` that came with a success, or the empty string. */
export function partialErrors(body: string): string {
  const parsed = parseJson(body);
  if (typeof parsed !== 'object' || parsed === null || !('errors' in parsed)) return '';
  return wordsOf({ errors: parsed.errors }).length === 0
    ? ''
    : JSON.stringify({ errors: parsed.errors });
}

function wordsOf(value: unknown): string[] {
  if (typeof value === 'string') return value === '' ? [] : [value];
  if (Array.isArray(value)) return value.flatMap(wordsOf);
  if (typeof value !== 'object' || value === null) return [];
  const { message, error, errors, type } = value as Record<string, unknown>;
  return [message, error, errors, type].flatMap(wordsOf);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
