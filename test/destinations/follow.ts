import type { InFlight } from '../../src/domain/unanswered-requests.ts';

/** Keeps what a destination tells of its requests, in order. */
export function follow(): { readonly told: string[]; readonly inFlight: InFlight } {
  const told: string[] = [];
  const inFlight = { sent: () => told.push('sent'), answered: () => told.push('answered') };
  return { told, inFlight };
}
