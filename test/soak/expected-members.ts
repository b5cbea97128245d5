import type { PlannedExport } from './plan.ts';

/** How an export ended, as far as it matters to the members of its cohort. */
export interface EndedExport extends PlannedExport {
  /** All of its identifiers were sent; otherwise any part of them may have been. */
  readonly isComplete: boolean;
}

export interface Comparison {
  readonly identifiers: number;
  /** Of exports that did not complete, and that none after them settled. */
  readonly uncertain: number;
  readonly differences: readonly string[];
}

/**
 * Compares the users of a cohort with what its exports say.
 * @param ended in the order in which they held the lock
 */
export function compareMembers(
  ended: readonly EndedExport[],
  members: readonly string[],
): Comparison {
  const expected = new Map<string, boolean | 'uncertain'>();
  for (const { from, to, operation, isComplete } of ended) {
    const becomes = operation === 'APPEND';
    for (let i = from; i < to; i += 1) {
      const user = userName(i);
      const isNow = expected.get(user) ?? false;
      expected.set(user, isComplete || isNow === becomes ? becomes : 'uncertain');
    }
  }
  const found = new Set(members);
  const differences = members
    .filter((user) => !expected.has(user))
    .map((user) => `${user} is a member, and no export names it`);
  let uncertain = 0;
  for (const [user, isMember] of expected) {
    if (isMember === 'uncertain') uncertain += 1;
    else if (isMember !== found.has(user)) {
      differences.push(`${user} ${isMember ? 'is missing' : 'should have been removed'}`);
    }
  }
  return { identifiers: expected.size - uncertain, uncertain, differences };
}

export function userName(i: number): string {
  return `user-${i}`;
}
