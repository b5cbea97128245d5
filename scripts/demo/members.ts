/** The members of a cohort, as the sandbox lists them. */
export interface Members {
  readonly userIds: readonly string[];
  readonly deviceIds: readonly string[];
  readonly aliases: readonly Alias[];
}

export interface Alias {
  readonly alias_label: string;
  readonly alias_name: string;
}

export function countMembers({ userIds, deviceIds, aliases }: Members): number {
  return userIds.length + deviceIds.length + aliases.length;
}

/** How the members of one kind differ. */
export interface Difference {
  readonly kind: string;
  /** In the results of the queries, but not in the cohort. */
  readonly missing: readonly string[];
  /** In the cohort, but not in the results of the queries. */
  readonly unexpected: readonly string[];
}

const EXAMPLES = 3;
const EXAMPLE_LENGTH = 40;

/** Empty where both hold the same members. */
export function compareMembers(expected: Members, actual: Members): Difference[] {
  const kinds = [
    { kind: 'user ids', ...both(expected.userIds, actual.userIds) },
    { kind: 'device ids', ...both(expected.deviceIds, actual.deviceIds) },
    { kind: 'aliases', ...both(expected.aliases.map(aliasKey), actual.aliases.map(aliasKey)) },
  ];
  return kinds.flatMap(({ kind, wanted, found }) => {
    const missing = [...wanted].filter((member) => !found.has(member));
    const unexpected = [...found].filter((member) => !wanted.has(member));
    return missing.length + unexpected.length === 0 ? [] : [{ kind, missing, unexpected }];
  });
}

export function describeDifferences(differences: readonly Difference[]): string {
  return differences
    .flatMap(({ kind, missing, unexpected }) => [
      ...describe(missing, kind, 'missing'),
      ...describe(unexpected, kind, 'not in the results of the queries'),
    ])
    .join('\n');
}

function both(expected: readonly string[], actual: readonly string[]) {
  return { wanted: new Set(expected), found: new Set(actual) };
}

function aliasKey({ alias_label, alias_name }: Alias): string {
  return JSON.stringify([alias_label, alias_name]);
}

function describe(values: readonly string[], kind: string, how: string): string[] {
  if (values.length === 0) return [];
  const examples = values.slice(0, EXAMPLES).map((value) => value.slice(0, EXAMPLE_LENGTH));
  const more = values.length > EXAMPLES ? ', …' : '';
  return [`  ${values.length} ${kind} are ${how}: ${examples.join(', ')}${more}`];
}
