import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StagedRows } from '../domain/staging-port.ts';
import { MANIFEST } from './layout.ts';
import { isMissing } from './staging-error.ts';

/** What a manifest's text says, with the checksum that proves it; `null` where it is damaged. */
export function readManifest(location: string, manifest: string): StagedRows | null {
  try {
    const staged = JSON.parse(manifest) as Omit<StagedRows, 'location' | 'checksum'>;
    return { location, ...staged, checksum: manifestChecksum(manifest) };
  } catch {
    return null;
  }
}

export function manifestChecksum(manifest: string): string {
  return createHash('sha256').update(manifest).digest('hex');
}

/** Whether a directory holds an attempt that counts: one with a manifest that a crash has not cut. */
export async function isCommitted(directory: string): Promise<boolean> {
  try {
    return readManifest(directory, await readFile(join(directory, MANIFEST), 'utf8')) !== null;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}
