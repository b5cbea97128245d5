import { createHash } from 'node:crypto';
import type { StagedRows } from '../domain/staging-port.ts';
import type { StagedFile } from './staged-file.ts';

export interface Manifest {
  readonly staged: StagedRows;
  /** In the order of their names. */
  readonly files: readonly StagedFile[];
}

type Written = Omit<StagedRows, 'checksum'> & Pick<Manifest, 'files'>;

/** A manifest's text, and what it says with the checksum that proves it. */
export function writeManifest({ files, ...rest }: Written): {
  readonly text: string;
  readonly staged: StagedRows;
} {
  const text = JSON.stringify({ ...rest, files });
  return { text, staged: { ...rest, checksum: manifestChecksum(text) } };
}

/** What a manifest's text says; `null` where it is damaged. */
export function readManifest(text: string): Manifest | null {
  try {
    const { files, ...staged } = JSON.parse(text) as Written;
    return { staged: { ...staged, checksum: manifestChecksum(text) }, files };
  } catch {
    return null;
  }
}

function manifestChecksum(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
