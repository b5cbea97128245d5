import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const HISTORIES = fileURLToPath(new URL('./histories', import.meta.url));

/** The recorded histories, by name, in the JSON that the Temporal CLI and Web UI use too. */
export async function readHistories(): Promise<{ workflowId: string; history: unknown }[]> {
  const files = (await readdir(HISTORIES)).filter((name) => name.endsWith('.json')).sort();
  return await Promise.all(
    files.map(async (name) => ({
      workflowId: name.replace(/\.json$/, ''),
      history: JSON.parse(await readFile(join(HISTORIES, name), 'utf8')) as unknown,
    })),
  );
}
