import { goBuild } from '../programs/go-build.ts';
import type { Program } from '../programs/keep.ts';
import { askVersion, pinnedVersions } from '../programs/version.ts';

const TITLE = 'versitygw';
const MODULE = 'github.com/versity/versitygw';

const pinned = pinnedVersions(import.meta.dirname, MODULE);

/** The S3 server that this project pins for its tests. */
export const versitygw = {
  name: 'versitygw',
  title: TITLE,
  version: pinned.version,
  file: 'versitygw',
  askVersion: (path) => askVersion(path, TITLE, /^Version\s*: (\S+)/m),
} as const satisfies Program;

/** The oldest Go that can build it. */
export const neededGo = pinned.go;

export const build = goBuild({
  title: TITLE,
  modules: import.meta.dirname,
  package: `${MODULE}/cmd/versitygw`,
  versionVariable: 'main.Version',
  go: pinned.go,
  takes: 'once, two to four minutes on two cores, and 1 GB in Go’s own caches',
});
