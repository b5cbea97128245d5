import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { StagedRows } from '../domain/staging-port.ts';
import { MANIFEST } from './layout.ts';
import type { StagedFile } from './staged-file.ts';
import { isMissing } from './staging-error.ts';

export interface Manifest {
  readonly staged: StagedRows;
  /** In the order of their names. */
  readonly files: readonly StagedFile[];
}

type Written = Omit<StagedRows, 'location' | 'checksum'> & Pick<Manifest, 'files'>;

/** A manifest's text, with the checksum that proves it. */
export function writeManifest(written: Written): {
  readonly text: string;
  readonly checksum: string;
} {
  const text = JSON.stringify(written);
  return { text, checksum: manifestChecksum(text) };
}

/** What a manifest's text says; `null` where it is damaged. */
export function readManifest(location: string, text: string): Manifest | null {
  try {
    const { files, ...staged } = JSON.parse(text) as Written;
    return { staged: { location, ...staged, checksum: manifestChecksum(text) }, files };
  } catch {
    return null;
  }
}

function manifestChecksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
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
