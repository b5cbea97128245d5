/** A package that is installed for production. */
export interface InstalledPackage {
  readonly name: string;
  readonly version: string;
  /** SPDX, as the package has it; `null` where it names none. */
  readonly licence: string | null;
  /** Named in this project's own package.json. */
  readonly isDirect: boolean;
  readonly path: string;
}

interface Node {
  readonly name?: string;
  readonly version?: string;
  readonly license?: unknown;
  readonly path?: string;
  readonly extraneous?: boolean;
  readonly dependencies?: Readonly<Record<string, Node>>;
}

/** The packages of `npm ls --all --long --json --omit=dev`, each once, direct ones first. */
export function installedPackages(tree: Node): InstalledPackage[] {
  const byPath = new Map<string, InstalledPackage>();
  const visit = (node: Node, isDirect: boolean): void => {
    for (const { name, version, license, path, extraneous, dependencies } of Object.values(
      node.dependencies ?? {},
    )) {
      // Optional packages of other platforms have no path. Where a package is listed again, its own
      // dependencies may be left out, so all places are visited.
      if (name === undefined || version === undefined || path === undefined || extraneous) continue;
      const licence = typeof license === 'string' && license !== '' ? license : null;
      if (isDirect || !byPath.has(path))
        byPath.set(path, { name, version, licence, isDirect, path });
      if (dependencies !== undefined) visit({ dependencies }, false);
    }
  };
  visit(tree, true);
  return [...byPath.values()].sort(
    (a, b) => Number(b.isDirect) - Number(a.isDirect) || (a.path < b.path ? -1 : 1),
  );
}

interface Outdated {
  readonly location?: string;
  readonly latest?: string;
}

/** The newest versions of `npm outdated --all --json`, by path; what is up to date is not among them. */
export function newestVersions(
  outdated: Readonly<Record<string, Outdated | readonly Outdated[]>>,
): ReadonlyMap<string, string> {
  const newest = new Map<string, string>();
  for (const { location, latest } of Object.values(outdated).flat()) {
    if (location !== undefined && latest !== undefined) newest.set(location, latest);
  }
  return newest;
}

const PARTS = ['major', 'minor', 'patch'] as const;

/** `2 minor`: the first part of the version that differs, and by how much. `''` if there is no difference. */
export function behind(version: string, newest: string): string {
  const [from, to] = [numbers(version), numbers(newest)];
  const part = PARTS.findIndex((_, index) => from[index] !== to[index]);
  if (part === -1) return version === newest ? '' : 'a pre-release';
  const difference = (to[part] ?? 0) - (from[part] ?? 0);
  return difference > 0 ? `${difference} ${PARTS[part]}` : 'ahead';
}

function numbers(version: string): number[] {
  return (version.split(/[-+]/, 1)[0] ?? '').split('.').map(Number);
}

/** Whether all that an SPDX expression asks for is allowed; of alternatives one is enough. */
export function isAllowed(expression: string, allowed: ReadonlySet<string>): boolean {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  let at = 0;
  const one = (): boolean => {
    if (tokens[at] !== '(') return allowed.has(tokens[at++] ?? '');
    at += 1;
    const inner = either();
    if (tokens[at] !== ')') throw new Error(`"${expression}" has an unclosed bracket`);
    at += 1;
    return inner;
  };
  const both = (): boolean => {
    let all = one();
    while (tokens[at] === 'AND') {
      at += 1;
      all = one() && all;
    }
    return all;
  };
  const either = (): boolean => {
    let any = both();
    while (tokens[at] === 'OR') {
      at += 1;
      any = both() || any;
    }
    return any;
  };
  const result = either();
  // `GPL-2.0-only WITH Classpath-exception-2.0`, `SEE LICENSE IN …`: somebody has to read those.
  return result && at === tokens.length;
}
