import { goBuild } from '../programs/go-build.ts';
import type { Program } from '../programs/keep.ts';
import { askVersion, pinnedVersions } from '../programs/version.ts';

const TITLE = 'the Temporal CLI';
const MODULE = 'github.com/temporalio/cli';

const pinned = pinnedVersions(import.meta.dirname, MODULE);

/** The Temporal CLI that this project pins. */
export const temporalCli = {
  name: 'temporal-cli',
  title: TITLE,
  version: pinned.version,
  file: 'temporal',
  askVersion: (path) => askVersion(path, TITLE, /^temporal version (\S+)/m),
} as const satisfies Program;

/** The oldest Go that can build it. */
export const neededGo = pinned.go;

export const build = goBuild({
  title: TITLE,
  modules: import.meta.dirname,
  package: `${MODULE}/cmd/temporal`,
  versionVariable: `${MODULE}/internal/temporalcli.Version`,
  go: pinned.go,
  takes: 'once, four to six minutes on two cores, and 3.5 GB in Go’s own caches',
});
