import { errorCode } from '../../domain/error-code.ts';
import { ExportError } from '../../domain/failures.ts';
import { StoreNotSeen } from '../../domain/staging-port.ts';

const FILE_IN_THE_WAY = 'a file is in the way: set staging.directory to a directory';
const NOT_PERMITTED =
  'the worker is not permitted to read and write there: give its user access to the staging directory';

const CURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is exhausted: raise it or free some space',
  EACCES: NOT_PERMITTED,
  EPERM: NOT_PERMITTED,
  EROFS: 'the file system is read-only: set staging.directory to one that can be written',
  ENOTDIR: FILE_IN_THE_WAY,
  EEXIST: FILE_IN_THE_WAY,
  ENOENT: 'their folder is gone: only the workers may clean up staging.directory',
};

type Verb = 'prepared' | 'written' | 'read' | 'removed';

/** A failed file operation, without the system's own text, which may hold data. */
export function stagingFailed(verb: Verb, error: unknown): ExportError {
  const code = errorCode(error);
  const cure = CURES[code] ?? 'check the disk of staging.directory';
  const message = `The staged rows could not be ${verb} (${code}): ${cure}.`;
  // Another worker may be permitted to.
  if (verb === 'read' && cure === NOT_PERMITTED) return new StoreNotSeen(message);
  return new ExportError('StagingFailed', message, 'backoff');
}

/** Does work on staged files. @throws ExportError `StagingFailed` */
export async function guardStaging<T>(verb: Verb, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof ExportError ? error : stagingFailed(verb, error);
  }
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

/** `null` where the file is missing: another worker may remove the same things at the same time. */
export async function ifThere<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}
