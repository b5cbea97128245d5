import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test, vi } from 'vitest';
import {
  appendVips,
  removeGermans,
  shellCommand,
  startArguments,
} from '../../scripts/demo/export-request.ts';
import { parseExport } from '../../src/domain/export-input.ts';
import { emptyFolder, fakeProgram } from '../scripts/sandbox-folder.ts';

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
  const usual = await startArguments(appendVips, 'vips', folder, '127.0.0.1:7233');
  expect(usual).not.toContain('--address');
  const other = await startArguments(appendVips, 'vips', folder, '127.0.0.1:7244');
  expect(other.slice(-4)).toEqual(['--address', '127.0.0.1:7244', '--namespace', 'default']);
});

test.each([appendVips, removeGermans])('the input of the $operation is valid', async (request) => {
  const folder = emptyFolder();
  await startArguments(request, 'vips', folder, '127.0.0.1:7233');
  const input: unknown = JSON.parse(readFileSync(join(folder, 'vips.json'), 'utf8'));
  expect(parseExport([input])).toMatchObject({ cohortId: 'vips', threadCount: 5 });
});
