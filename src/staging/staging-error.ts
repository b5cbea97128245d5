import { ExportError } from '../domain/failures.ts';

const CURES: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full: free some space',
  EDQUOT: 'the disk quota is used up: raise it or free some space',
  EACCES: 'the worker may not write there: give its user the staging directory',
  EPERM: 'the worker may not write there: give its user the staging directory',
  EROFS: 'the file system is read-only: set staging.directory to one that can be written',
  ENOTDIR: 'a file is in the way: set staging.directory to a directory',
};

/** A failed file operation, without the system's own text, which may hold data. */
export function stagingFailed(
  verb: 'prepared' | 'written' | 'read' | 'removed',
  error: unknown,
): ExportError {
  const code = errorCode(error);
  const cure = CURES[code] ?? 'look at the disk of staging.directory';
  return new ExportError(
    'StagingFailed',
    `The staged rows could not be ${verb} (${code}): ${cure}.`,
    'backoff',
  );
}

export function isMissing(error: unknown): boolean {
  return errorCode(error) === 'ENOENT';
}

function errorCode(error: unknown): string {
  if (error instanceof Error && 'code' in error) return String(error.code);
  return error instanceof Error ? error.name : 'unknown error';
}
