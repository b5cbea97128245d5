import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../domain/error-code.ts';
import { ExportError } from '../../domain/failures.ts';
import { isUuid, STORE, STORE_ID } from '../layout.ts';
import { syncDirectory, writeSynced } from './durable.ts';
import { isMissing } from './file-errors.ts';
import { DIRECTORY_MODE, DRAFT_SUFFIX } from './names.ts';

/** What a rename to a directory that is not empty says. */
const IS_THERE = ['ENOTEMPTY', 'EEXIST'];

/** The id of the store in a directory; `null` where there is none, or no directory. */
export async function readStoreId(root: string): Promise<string | null> {
  try {
    const id = await readFile(join(root, STORE, STORE_ID), 'utf8');
    return isUuid(id) ? id : null;
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
}

/** The id of the store in a directory, which gets one if it has none. */
export async function ensureStoreId(root: string): Promise<{ id: string; isNew: boolean }> {
  const found = await readStoreId(root);
  if (found !== null) return { id: found, isNew: false };
  const isNew = await createStoreId(root);
  const id = await readStoreId(root);
  if (id !== null) return { id, isNew };
  throw new ExportError(
    'StagingFailed',
    `The file ${STORE}/${STORE_ID} in staging.directory is damaged. Restore it; or, while no export is staging or sending, delete the folder ${STORE} and restart the workers.`,
  );
}

/** False where another worker was first. Unlike a hard link, such a rename works on all file systems. */
async function createStoreId(root: string): Promise<boolean> {
  const id = randomUUID();
  const draft = join(root, `${STORE}.${id}${DRAFT_SUFFIX}`);
  await mkdir(draft, { mode: DIRECTORY_MODE });
  try {
    await writeSynced(join(draft, STORE_ID), id);
    await syncDirectory(draft);
    await rename(draft, join(root, STORE));
    await syncDirectory(root);
    return true;
  } catch (error) {
    if (!IS_THERE.includes(errorCode(error))) throw error;
    await rm(draft, { recursive: true, force: true });
    return false;
  }
}
