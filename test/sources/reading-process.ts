import { fork } from 'node:child_process';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { ExportError } from '../../src/domain/failures.ts';
import type { Column, SourceRead } from '../../src/domain/source-port.ts';
import { emptyFolder } from '../support/folders.ts';

const MAIN = join(import.meta.dirname, 'reading-process-main.ts');

export interface ReadOrder extends SourceRead {
  /** Absolute. */
  readonly spillDirectory: string;
  /** Whether to keep the rows, to compare them with a sequence, or to dispose of the source meanwhile. */
  readonly mode: 'rows' | 'sequence' | 'cancel';
}

export type ShownCell = string | null | { reason: string; value: string } | ShownCell[];

export interface ReadRows {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly ShownCell[])[];
  readonly rowCount: number;
  /** The first row that is not the one of a sequence. */
  readonly firstOutOfOrder: number | null;
  /** Of the process, at most. */
  readonly maxRssMb: number;
}

export type ReadResult =
  | ReadRows
  | { readonly disposedAfterMs: number }
  | { readonly failed: Pick<ExportError, 'type' | 'message' | 'retry'> }
  /** Anything but an `ExportError`. */
  | { readonly unexpected: string };

/** Reads a source in a process of its own, with as little environment as a staging process has. */
export function readInProcess(read: SourceRead, mode: ReadOrder['mode']): Promise<ReadResult> {
  const cwd = emptyFolder();
  const child = fork(MAIN, { cwd, env: { TZ: 'UTC' }, execArgv: [] });
  onTestFinished(() => void child.kill('SIGKILL'));
  return new Promise((resolve, reject) => {
    child.once('message', (result) => resolve(result as ReadResult));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      reject(new Error(`the reading process ended by ${signal ?? code}`));
    });
    child.send({ ...read, spillDirectory: cwd, mode } satisfies ReadOrder);
  });
}
