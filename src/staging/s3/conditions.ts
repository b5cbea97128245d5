import { setTimeout as delay } from 'node:timers/promises';
import { codeOf } from './s3-errors.ts';

/** `absent`: only where there is no object of that key; else only where it still is the one with that tag. */
export type Condition = 'absent' | { readonly etag: string };

/** Two conditional writes at once may both be told to come again. */
const CONFLICT_ATTEMPTS = 6;
const CONFLICT_WAIT_MS = 100;

/** Whether a write was refused because its condition is not met. */
export function isRefused(error: unknown): boolean {
  return codeOf(error) === 'PreconditionFailed' || codeOf(error) === 'status 412';
}

export function conditions(condition: Condition | undefined) {
  if (condition === undefined) return {};
  return condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag };
}

/** Writes again where the service asks for that, which the client does not do by itself. */
export async function withoutConflicts<R>(write: () => Promise<R>): Promise<R> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await write();
    } catch (error) {
      const isConflict = ['ConditionalRequestConflict', 'OperationAborted', 'status 409'];
      if (!isConflict.includes(codeOf(error)) || attempt === CONFLICT_ATTEMPTS) throw error;
      await delay(CONFLICT_WAIT_MS * attempt * (0.5 + Math.random()));
    }
  }
}
