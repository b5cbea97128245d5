import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { lastLines, runChild } from '../setup/child.mjs';
import { startProgress } from '../setup/progress.mjs';
import type { Obtain } from './obtain.ts';
import { isAtLeast, pinnedVersions } from './version.ts';

const PACKAGE = 'github.com/temporalio/cli/cmd/temporal';
// From this version on, Go fetches the toolchain that a go.mod asks for.
const GO_THAT_FETCHES_GO = '1.21.0';
const BUILD_WITHIN_MS = 40 * 60_000;
const REASON_LINES = 3;

/** Builds the Temporal CLI from the Go modules that go.mod and go.sum pin, into `folder`. */
export const build: Obtain = async ({ folder, version, env, log }) => {
  const goVersion = await checkGo(env);
  const file = join(folder, 'temporal');
  log(
    `building the Temporal CLI ${version} with Go ${goVersion}: ` +
      'once, four to six minutes on two cores, and 3.5 GB in Go’s own caches',
  );
  const stop = startProgress('building the Temporal CLI', log);
  try {
    const abort = AbortSignal.timeout(BUILD_WITHIN_MS);
    const result = await runChild('go', goArguments(version, file), {
      cwd: import.meta.dirname,
      env: goEnvironment(env),
      abort,
    });
    if (result.code === 0) return file;
    if (abort.aborted) throw new Error(`did not finish within ${BUILD_WITHIN_MS / 60_000} minutes`);
    throw new Error(`go build failed: ${lastLines(result.output, REASON_LINES)}`);
  } finally {
    stop();
  }
};

function goArguments(version: string, file: string): string[] {
  const setVersion = `-X github.com/temporalio/cli/internal/temporalcli.Version=${version}`;
  // Read-only: whatever go.sum does not vouch for is refused.
  return ['build', '-mod=readonly', '-ldflags', `-s -w ${setVersion}`, '-o', file, PACKAGE];
}

// What a developer set for other projects must not reach this build: a workspace, flags, a
// target to cross-compile for.
function goEnvironment(env: Environment): Environment {
  const { GOOS, GOARCH, GOFLAGS, GO111MODULE, ...rest } = env;
  return { ...rest, CGO_ENABLED: '0', GOWORK: 'off' };
}

async function checkGo(env: Environment): Promise<string> {
  const needed = pinnedVersions().go;
  const installed = await ask(['version'], { ...env, GOTOOLCHAIN: 'local' });
  const version = /go version go(\d+(?:\.\d+)*)/.exec(installed)?.[1];
  if (version === undefined)
    throw new Error(`unexpected output of go version: ${lastLines(installed, 1)}`);
  if (isAtLeast(version, needed)) return version;
  const toolchain = (await ask(['env', 'GOTOOLCHAIN'], env)).trim();
  if (isAtLeast(version, GO_THAT_FETCHES_GO) && !/^local\b/.test(toolchain)) return version;
  throw new Error(
    `Go ${version} is too old: ${needed} is required, and Go is not allowed to download it`,
  );
}

// Outside this folder: next to go.mod, an old Go would first download a newer one.
async function ask(args: string[], env: Environment): Promise<string> {
  try {
    return (await runChild('go', args, { cwd: tmpdir(), env })).output;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('go is not on the PATH');
  }
}
