import { appendFile, readFile, stat } from 'node:fs/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import type { StagedRows } from '../../src/domain/staging-port.ts';
import { DirectoryStaging } from '../../src/staging/directory/directory-staging.ts';
import { createStaging, namespace, stageIn } from './create-staging.ts';

let staging: DirectoryStaging;
beforeEach(async () => {
  staging = await createStaging();
});

const reject = (row: number) => ({ row, column: 'user_ids', reason: 'was refused', value: '…' });
const linesOf = async (staged: StagedRows) =>
  (await readFile(staging.rejectsOf(staged, namespace), 'utf8')).split('\n');
const rowIn = (line: string) => (JSON.parse(line) as { row: number }).row;

describe('rejects that are added while an export sends', () => {
  it('follow those of staging, in the same file and format', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a'], ['']]);
    expect(staging.rejectsOf(staged, namespace)).toBe(staged.rejects);
    await staging.addReject(staged, namespace, reject(1));
    const [first = '', second = '', ...others] = await linesOf(staged);
    expect(JSON.parse(second)).toEqual(reject(1));
    expect(Object.keys(JSON.parse(first))).toEqual(Object.keys(reject(1)));
    expect(others).toEqual(['']);
  });

  it('make the file where there is none, closed to other users', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a']]);
    expect(staged.rejects).toBeNull();
    await staging.addReject(staged, namespace, reject(1));
    expect((await stat(staging.rejectsOf(staged, namespace))).mode & 0o777).toBe(0o600);
  });

  it('stay whole where many are added at once, each once', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a']]);
    const others = [staging, new DirectoryStaging(staging.root)];
    const rows = Array.from({ length: 40 }, (_, index) => index + 1);
    const addAll = () =>
      Promise.all(rows.map((row) => others[row % 2]?.addReject(staged, namespace, reject(row))));
    await addAll();
    await addAll();
    const lines = await linesOf(staged);
    expect(lines.pop()).toBe('');
    expect(lines.map(rowIn).toSorted((a, b) => a - b)).toEqual(rows);
  });

  it('begin a line of their own behind one that a full disk has cut off', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a']]);
    await staging.addReject(staged, namespace, reject(1));
    await appendFile(staging.rejectsOf(staged, namespace), '{"row":2,"col');
    await staging.addReject(staged, namespace, reject(3));
    const [first = '', cut, third = '', ...others] = await linesOf(staged);
    expect([rowIn(first), cut, rowIn(third), others]).toEqual([1, '{"row":2,"col', 3, ['']]);
  });

  it('fail where they cannot be written', async () => {
    const staged = await stageIn(staging, ['user_ids'], [['a']]);
    const nowhere = new DirectoryStaging('/dev/null');
    await expect(nowhere.addReject(staged, namespace, reject(1))).rejects.toMatchObject({
      type: 'StagingFailed',
    });
  });
});
