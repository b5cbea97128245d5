import { ExportError, type FailureType } from '../domain/failures.ts';
import { type Headers, requestedWaitMs } from './requested-wait.ts';

/** What a status means. */
export interface ResponseRule {
  readonly matches: (status: number) => boolean;
  readonly type: FailureType;
  /** `wait`: with backoff, and at least as long as the headers ask for. */
  readonly retry: 'never' | 'backoff' | 'wait';
  /** What to do about it. */
  readonly advice: string;
}

export interface ResponseRules {
  /** Who responds, as messages name it. */
  readonly name: string;
  /** The first that matches counts. */
  readonly rules: readonly ResponseRule[];
  /** Of a response that no rule matches. */
  readonly unavailable: FailureType;
}

/** A response that is not a success. */
export interface FailedResponse {
  readonly status: number;
  readonly headers: Headers;
  /** What it says, already free of credentials and identifiers. */
  readonly words: string;
}

export const is =
  (...statuses: readonly number[]) =>
  (status: number): boolean =>
    statuses.includes(status);

export const isSuccess = (status: number): boolean => status >= 200 && status < 300;
export const isRedirect = (status: number): boolean => status >= 300 && status < 400;
export const isClientError = (status: number): boolean => status >= 400 && status < 500;
/** A status that HTTP does not define is treated as one. */
export const isServerError = (status: number): boolean => status >= 500;

/** The failure that a response means. */
export function applyRules(
  { name, rules, unavailable }: ResponseRules,
  { status, headers, words }: FailedResponse,
  nowMs: number,
): ExportError {
  const fallback = { type: unavailable, retry: 'wait', advice: '' } as const;
  const { type, retry, advice } = rules.find(({ matches }) => matches(status)) ?? fallback;
  const said = words === '' ? '' : `: ${words.replace(/\.$/, '')}`;
  const message = `${name} answered ${status}${said}. ${advice}`.trim();
  if (retry !== 'wait') return new ExportError(type, message, retry);
  const afterMs = requestedWaitMs({ status, headers }, nowMs);
  return new ExportError(type, message, afterMs === null ? 'backoff' : { afterMs });
}
