import { fieldsOf } from './problems.ts';
import { shortSummary } from './short-summary.ts';

/** An export in a line, such as `APPEND vip · VIPs of the last 90 days`. `null` where it says too little. */
export function runSummary(input: unknown): string | null {
  const { operation, cohortId, cohortName } = fieldsOf(input);
  if (typeof operation !== 'string' || typeof cohortId !== 'string') return null;
  const named = typeof cohortName === 'string' && cohortName !== cohortId;
  return shortSummary(`${operation} ${cohortId}${named ? ` · ${cohortName}` : ''}`);
}
