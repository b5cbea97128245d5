import { DemoError } from './demo-error.ts';
import { expectedCohorts } from './expected-members.ts';
import { compareMembers, countMembers, describeDifferences, type Members } from './members.ts';
import type { Done } from './run-export.ts';
import { allMembers } from './sandbox-cohorts.ts';
import { count, type Screen } from './screen.ts';
import { until } from './until.ts';

export interface CheckOptions {
  readonly screen: Screen;
  readonly stop: AbortSignal;
  readonly sandboxUrl: string;
  /** Where the files of the sandbox's tables are. */
  readonly data: string;
}

const NOBODY: Members = { userIds: [], deviceIds: [], aliases: [] };

/**
 * Compares every cohort of the sandbox with what the queries say.
 * @param done all exports that the sandbox has seen, in their order
 * @throws DemoError that says what differs
 */
export async function check(done: readonly Done[], options: CheckOptions): Promise<void> {
  const { screen, stop, sandboxUrl, data } = options;
  screen.heading('Verification');
  const exports = done.map(({ exported }) => exported);
  const expected = await until(stop, expectedCohorts(exports, data));
  const actual = await allMembers(sandboxUrl, stop);
  const problems: string[] = [];
  for (const id of new Set([...expected.cohorts.keys(), ...actual.keys()])) {
    const differences = compareMembers(
      expected.cohorts.get(id) ?? NOBODY,
      actual.get(id) ?? NOBODY,
    );
    if (differences.length > 0) {
      problems.push(`The cohort ${id} differs from its queries:`);
      problems.push(describeDifferences(differences));
    }
  }
  done.forEach(({ exported, report: { rows } }, index) => {
    const right = expected.rows[index];
    if (rows.read === right?.read && rows.rejected === right.rejected) return;
    problems.push(
      `The query of ${exported.workflowId} returns ${right?.read} rows, ${right?.rejected} of them invalid; the report says ${rows.read} and ${rows.rejected}.`,
    );
  });
  if (problems.length > 0) throw new DemoError(problems.join('\n'));
  for (const [id, members] of expected.cohorts) {
    const changes = exports.filter(({ input }) => input.cohortId === id);
    const right =
      changes.length === 1
        ? 'exactly those of its query'
        : `exactly those left by its ${changes.length} queries`;
    screen.success(`${id}: ${count(countMembers(members))} members, ${right}`);
  }
  screen.line(
    '  The queries were run independently of the exports, and all members were compared.',
  );
}
