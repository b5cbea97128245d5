import { join } from 'node:path';
import { fakeProgram } from './processes.ts';

/**
 * Puts a fake Go into a folder of the PATH. What it builds is a shell script with these lines, or
 * nothing; `$HOME/built` then has its arguments and settings.
 */
export function fakeGo(bin: string, builds: string | null, version = '1.99.0'): void {
  const make = `while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n%s\\n' '${builds}' > "$2"`;
  const fail = 'echo compiling; echo "no required module provides it" >&2; exit 1';
  fakeProgram(
    join(bin, 'go'),
    `case "$1" in
version) echo "go version go${version} linux/amd64" ;;
env) echo "\${GOTOOLCHAIN:-auto}" ;;
build) echo "$* CGO=$CGO_ENABLED WORK=$GOWORK OS=$GOOS TOOLCHAIN=$GOTOOLCHAIN" > "$HOME/built"
${builds === null ? fail : make} ;;
esac`,
  );
}
