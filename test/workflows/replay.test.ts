import { fileURLToPath } from 'node:url';
import { Worker } from '@temporalio/worker';
import { describe, expect, it } from 'vitest';
import { readHistories } from './histories.ts';

const workflowsPath = fileURLToPath(new URL('../../src/workflows/index.ts', import.meta.url));

describe('recorded histories', () => {
  it('replay with the workflows of today', async () => {
    const histories = await readHistories();
    expect(histories.length).toBeGreaterThanOrEqual(11);
    const failures: string[] = [];
    for await (const { workflowId, error } of Worker.runReplayHistories(
      { workflowsPath },
      histories,
    )) {
      if (error !== undefined) failures.push(`${workflowId}: ${error.message}`);
    }
    expect(failures).toEqual([]);
  });
});
