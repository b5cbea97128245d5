import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { emptyFolder } from '../support/folders.ts';
import { freeze, frozenProblems, readHistories, writeHistories } from './histories.ts';

const HISTORIES = new Map<string, unknown>([
  ['export', { events: [1] }],
  ['lock', { events: [2] }],
]);

async function frozenFolder(): Promise<string> {
  const folder = emptyFolder();
  await writeHistories('0.1', HISTORIES, folder);
  await freeze('0.1', folder);
  return folder;
}

it('the histories of frozen versions are those that were frozen', async () => {
  expect(await frozenProblems()).toEqual([]);
});

it('a version that is not frozen is recorded again, without its earlier histories', async () => {
  const folder = emptyFolder();
  await writeHistories('0.1', HISTORIES, folder);
  await writeHistories('0.1', new Map([['other', { events: [] }]]), folder);
  expect(await readHistories(folder)).toEqual([
    { version: '0.1', name: 'other', history: { events: [] } },
  ]);
});

it('a frozen version is not recorded again, and stays as it is', async () => {
  const folder = await frozenFolder();
  await expect(writeHistories('0.1', new Map(), folder)).rejects.toThrow(
    'The histories of 0.1 are frozen',
  );
  await expect(freeze('0.1', folder)).rejects.toThrow('are frozen already');
  expect(await frozenProblems(folder)).toEqual([]);
  expect(await readHistories(folder)).toHaveLength(2);
});

it('a frozen version does not keep the next one from being recorded', async () => {
  const folder = await frozenFolder();
  await writeHistories('0.2', HISTORIES, folder);
  await writeHistories('0.2', HISTORIES, folder);
  expect((await readHistories(folder)).map(({ version }) => version)).toEqual([
    '0.1',
    '0.1',
    '0.2',
    '0.2',
  ]);
});

it('a frozen history that was changed or removed is detected', async () => {
  const folder = await frozenFolder();
  const changed = join(folder, '0.1', 'export.json');
  await writeFile(changed, (await readFile(changed, 'utf8')).replace('1', '3'));
  await rm(join(folder, '0.1', 'lock.json'));
  expect(await frozenProblems(folder)).toEqual([
    '0.1/export.json was changed',
    '0.1/lock.json is gone',
  ]);
});
