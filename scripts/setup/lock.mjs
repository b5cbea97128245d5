import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, readdir, rename, rm, rmdir, unlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 200;

/**
 * Runs `work` while no other process holds the lock at `path`, and returns what it returns.
 * The lock of a process that has died is taken over. `onWait` hears once whom this one waits for.
 */
export async function withLock(path, work, onWait = () => undefined) {
  // A lock is a folder that holds one file, named after its owner. Renaming a full folder onto
  // it works only while it is missing or empty: taking it is one step, and so is giving it up.
  const owner = `${process.pid}_${startTime(process.pid)}_${randomBytes(4).toString('hex')}`;
  await mkdir(dirname(path), { recursive: true });
  let told = false;
  while (!(await take(path, owner))) {
    const holder = await holderOf(path);
    if (holder === null) continue;
    if (!isRunning(holder)) {
      await rm(join(path, holder), { force: true });
      continue;
    }
    if (!told) onWait(Number(holder.split('_')[0]));
    told = true;
    await delay(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(join(path, owner), { force: true });
    await rmdir(path).catch(() => undefined);
  }
}

/** Whether a living process holds the lock at `path`. */
export async function isLocked(path) {
  const holder = await holderOf(path);
  return holder !== null && isRunning(holder);
}

async function take(path, owner) {
  const own = join(dirname(path), `.${basename(path)}.${owner}`);
  await mkdir(own);
  try {
    await writeFile(join(own, owner), '');
    await rename(own, path);
    return true;
  } catch (error) {
    await unlink(join(own, owner)).catch(() => undefined);
    await rmdir(own).catch(() => undefined);
    if (error.code === 'ENOTEMPTY' || error.code === 'EEXIST') return false;
    throw error;
  }
}

async function holderOf(path) {
  try {
    return (await readdir(path))[0] ?? null;
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}

function isRunning(holder) {
  const [pid, started] = holder.split('_');
  try {
    process.kill(Number(pid), 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
  return started === startTime(pid);
}

// A process id is given again, in a restarted container often at once: the time at which the
// process started tells the two apart. Where there is no /proc, the id alone has to do.
function startTime(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : fields[19];
  } catch {
    return 'unknown';
  }
}
