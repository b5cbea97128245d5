import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runChild } from './child.mjs';
import { isLocked, withLock } from './lock.mjs';
import { npmCi } from './npm.mjs';
import { SetupError } from './setup-error.mjs';

const STAMP = 'node_modules/.cohort-export-setup';
const NPM_RECORD = 'node_modules/.package-lock.json';
const LOCK = 'var/setup.lock';
const NO_WRITE = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The pinned Node, once the dependencies are installed. */
export function pinnedNode(root) {
  return join(root, 'node_modules/.bin/node');
}

/** Makes node_modules match package-lock.json and checks the pinned Node; quiet if it does. */
export async function ensureDependencies(root, env, say) {
  const lockfile = read(root, 'package-lock.json');
  if (lockfile === null) {
    throw new SetupError(`package-lock.json is missing in ${root}: the clone is incomplete.`);
  }
  const stamp = stampFor(lockfile);
  if (isStamped(root, stamp)) return;

  try {
    if (!(await isLocked(join(root, LOCK))) && (await adopt(root, lockfile, stamp))) return;
    await withLock(
      join(root, LOCK),
      async () => {
        if (isStamped(root, stamp) || (await adopt(root, lockfile, stamp))) return;
        await npmCi(root, env, say);
        await checkPinnedNode(root, lockfile);
        writeStamp(root, stamp);
      },
      (pid) => say(`waiting for process ${pid}, which is installing the dependencies`),
    );
  } catch (error) {
    if (!NO_WRITE.has(error.code)) throw error;
    throw new SetupError(
      `The dependencies must be installed, but this user cannot write to ${root}\n` +
        `(${error.message}).\n` +
        'Make the folder writable, or run `npm ci` there as a user who can write.',
    );
  }
}

// The platform is part of it: a folder shared with a container holds the other's binaries.
function stampFor(lockfile) {
  const hash = createHash('sha256').update(lockfile).digest('hex');
  return `${hash} ${process.platform}-${process.arch}\n`;
}

function isStamped(root, stamp) {
  return read(root, STAMP) === stamp && existsSync(pinnedNode(root));
}

// Someone ran `npm ci` or `npm install` by hand: npm's own record, which it writes last, says
// what is there. Then nothing has to be installed again.
async function adopt(root, lockfile, stamp) {
  const record = read(root, NPM_RECORD);
  if (record === null || !holds(JSON.parse(record), JSON.parse(lockfile))) return false;
  await checkPinnedNode(root, lockfile);
  try {
    writeStamp(root, stamp);
  } catch (error) {
    // A container image may be read-only: everything is there, only slower to see.
    if (!NO_WRITE.has(error.code)) throw error;
  }
  return true;
}

function holds(record, lockfile) {
  return Object.entries(lockfile.packages ?? {}).every(([path, wanted]) => {
    if (path === '') return true;
    const there = record.packages?.[path];
    if (there === undefined) return wanted.optional === true;
    return there.version === wanted.version && there.integrity === wanted.integrity;
  });
}

async function checkPinnedNode(root, lockfile) {
  const { version } = JSON.parse(lockfile).packages['node_modules/node'];
  const path = pinnedNode(root);
  if (!existsSync(path)) {
    throw new SetupError(
      `Node ${version}, which this project pins, is not in node_modules: npm was not allowed to\n` +
        'run the install script of the package "node" (ignore-scripts, or a rule for scripts).\n' +
        'Allow it this once:  npm rebuild node --ignore-scripts=false',
    );
  }
  const answer = await runChild(path, ['--version'], { cwd: root }).catch((error) => error);
  if (answer.output?.trim() === `v${version}`) return;
  throw new SetupError(
    `The pinned Node ${version} in node_modules does not run here: ` +
      `${(answer.output ?? answer.message).trim() || 'it printed nothing'}.\n` +
      'It needs Linux with glibc, or macOS, on x64 or arm64. If node_modules came from another\n' +
      'machine, delete it and run the command again.',
  );
}

function writeStamp(root, stamp) {
  const temporary = join(root, `${STAMP}.${process.pid}`);
  writeFileSync(temporary, stamp);
  renameSync(temporary, join(root, STAMP));
}

function read(root, name) {
  try {
    return readFileSync(join(root, name), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null;
    throw error;
  }
}
