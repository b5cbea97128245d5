import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import { appendVips, EXAMPLES, removeGermans, runSavedQuery } from '../../scripts/demo/exports.ts';
import { shellCommand, startArguments } from '../../scripts/demo/start-command.ts';
import { requireExport } from '../../src/domain/export-input.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';
import { emptyFolder } from '../support/folders.ts';
import { fakeProgram } from '../support/processes.ts';

beforeEach(() => {
  vi.stubEnv('TEMPORAL_ADDRESS', '127.0.0.1:7233');
  vi.stubEnv('TEMPORAL_NAMESPACE', 'default');
  vi.stubEnv('TEMPORAL_PROFILE', undefined);
  return () => vi.unstubAllEnvs();
});

test('a shell reads the printed command as it was meant, and its lines fit a page', () => {
  const folder = emptyFolder();
  fakeProgram(join(folder, 'npm'), `printf '%s\\n' "$@"`);
  const args = ['workflow', 'start', '--workflow-id', 'vips', '--input-file'];
  const path = "/a home/it's/a-long-name-of-a-folder/with-another-long-name/vips.json";
  const command = shellCommand([...args, path, '--address', '127.0.0.1:7234']);
  const { stdout } = spawnSync('sh', ['-c', command], {
    env: { PATH: `${folder}:/usr/bin:/bin` },
    encoding: 'utf8',
  });
  expect(stdout.trimEnd().split('\n')).toEqual([
    ...['run', 'temporal', '--', ...args, path],
    ...['--address', '127.0.0.1:7234'],
  ]);
  for (const line of command.split('\n')) expect(line.length).toBeLessThan(100);
});

test('the address is part of the command only where the CLI would not find it', async () => {
  const folder = emptyFolder();
  const usual = await startArguments(appendVips, folder, '127.0.0.1:7233');
  expect(usual).not.toContain('--address');
  const other = await startArguments(appendVips, folder, '127.0.0.1:7244');
  expect(other.slice(-4)).toEqual(['--address', '127.0.0.1:7244', '--namespace', 'default']);
});

test.each([appendVips, ...EXAMPLES, removeGermans, runSavedQuery])(
  'the input of $workflowId is valid',
  async (exported) => {
    const folder = emptyFolder();
    await startArguments(exported, folder, '127.0.0.1:7233');
    const file = join(folder, `${exported.workflowId}.json`);
    const input: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(requireExport([input], EXPORT_TYPES)).toMatchObject(exported.input);
  },
);
