import type { Reject } from '../domain/staging-port.ts';

/** A reject as it stands in a rejects file. */
export function rejectLine(reject: Reject): string {
  return `${JSON.stringify(reject)}\n`;
}
