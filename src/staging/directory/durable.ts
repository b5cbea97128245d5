import { open } from 'node:fs/promises';
import { errorCode } from '../../domain/error-code.ts';
import { FILE_MODE } from './names.ts';

/** A file system brings several to disk with one commit of its journal; Node has four threads. */
const SYNCS_AT_ONCE = 4;

/** What a file system says that does not sync directories, as it has nothing to sync there. */
const SYNCS_NO_DIRECTORIES = ['EINVAL', 'ENOTSUP', 'EISDIR'];

/** Writes a new file that a power cut does not lose, once its directory is synced. */
export async function writeSynced(path: string, text: string): Promise<void> {
  const file = await open(path, 'w', FILE_MODE);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Brings files to disk that were written before. Not while others are written: each sync makes those
 * wait, which takes several times as long in all.
 */
export async function syncFiles(paths: readonly string[]): Promise<void> {
  const waiting = paths.values();
  const syncSome = async () => {
    for (const path of waiting) await syncFile(path);
  };
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, syncSome));
}

async function syncFile(path: string): Promise<void> {
  const file = await open(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes the names in a directory such that a power cut does not lose them. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path);
  try {
    await directory.sync();
  } catch (error) {
    if (!SYNCS_NO_DIRECTORIES.includes(errorCode(error))) throw error;
  } finally {
    await directory.close();
  }
}
