import { constants, type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Reject } from '../../domain/staging-port.ts';
import { rejectLine } from '../reject-line.ts';
import { DIRECTORY_MODE, FILE_MODE } from './names.ts';

const NEWLINE = 0x0a;

/**
 * Adds a reject to a file of a committed run, by one write, as others may be adding theirs. A reject
 * that an earlier attempt has added is not added again.
 */
export async function addReject(path: string, reject: Reject): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: DIRECTORY_MODE });
  const { O_APPEND, O_CREAT, O_RDWR } = constants;
  const file = await open(path, O_RDWR | O_CREAT | O_APPEND, FILE_MODE);
  try {
    const line = rejectLine(reject);
    if (await hasLine(path, line)) return;
    // A full disk may have cut the last line off.
    await file.write((await endsInLine(file)) ? line : `\n${line}`);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function hasLine(path: string, wanted: string): Promise<boolean> {
  const file = await open(path);
  for await (const line of file.readLines()) {
    if (`${line}\n` === wanted) return true;
  }
  return false;
}

async function endsInLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === NEWLINE;
}
