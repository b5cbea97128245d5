import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readManifest } from '../manifest.ts';
import { isMissing } from './file-errors.ts';
import { MANIFEST } from './names.ts';

/** Whether a directory holds an attempt that counts: one with a manifest that a crash has not cut. */
export async function isCommitted(directory: string): Promise<boolean> {
  try {
    return readManifest(await readFile(join(directory, MANIFEST), 'utf8')) !== null;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
