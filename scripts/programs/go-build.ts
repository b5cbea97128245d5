import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../src/config/environment.ts';
import { lastLines, runChild } from '../setup/child.mjs';
import { startProgress } from '../setup/progress.mjs';
import type { Obtain } from './obtain.ts';
import { isAtLeast } from './version.ts';

// From this version on, Go fetches the toolchain that a go.mod asks for.
const GO_THAT_FETCHES_GO = '1.21.0';
const BUILD_WITHIN_MS = 40 * 60_000;
const REASON_LINES = 3;

/** What to build with Go. */
export interface GoProgram {
  /** As messages call it: `the Temporal CLI`. */
  readonly title: string;
  /** The folder of the go.mod and the go.sum that pin its modules. */
  readonly modules: string;
  readonly package: string;
  /** The variable that has the version which it prints. */
  readonly versionVariable: string;
  /** The oldest Go that can build it. */
  readonly go: string;
  /** Time and space, for the person who waits: `once, four minutes on two cores`. */
  readonly takes: string;
}

/** Builds a program from the Go modules that its go.mod and go.sum pin. */
export function goBuild(program: GoProgram): Obtain {
  return async ({ folder, version, env, log }) => {
    const { title, modules, takes } = program;
    const goVersion = await checkGo(program.go, env);
    const file = join(folder, 'built');
    log(`building ${title} ${version} with Go ${goVersion}: ${takes}`);
    const stop = startProgress(`building ${title}`, log);
    try {
      const abort = AbortSignal.timeout(BUILD_WITHIN_MS);
      const result = await runChild('go', goArguments(program, version, file), {
        cwd: modules,
        env: goEnvironment(env),
        abort,
      });
      if (result.code === 0) return file;
      if (abort.aborted)
        throw new Error(`did not finish within ${BUILD_WITHIN_MS / 60_000} minutes`);
      throw new Error(`go build failed: ${lastLines(result.output, REASON_LINES)}`);
    } finally {
      stop();
    }
  };
}

function goArguments(program: GoProgram, version: string, file: string): string[] {
  const linker = `-s -w -X ${program.versionVariable}=${version}`;
  // Read-only: whatever go.sum does not vouch for is refused. The flags of all programs are the
  // same, or Go would compile what they share once for each.
  return ['build', '-mod=readonly', '-trimpath', '-ldflags', linker, '-o', file, program.package];
}

// What a developer set for other projects must not reach this build: a workspace, flags, a
// target to cross-compile for.
function goEnvironment(env: Environment): Environment {
  const { GOOS, GOARCH, GOFLAGS, GO111MODULE, ...rest } = env;
  return { ...rest, CGO_ENABLED: '0', GOWORK: 'off' };
}

async function checkGo(needed: string, env: Environment): Promise<string> {
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

// Outside the modules: next to a go.mod, an old Go would first download a newer one.
async function ask(args: string[], env: Environment): Promise<string> {
  try {
    return (await runChild('go', args, { cwd: tmpdir(), env })).output;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    throw new Error('go is not on the PATH');
  }
}
