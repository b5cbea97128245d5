import { createServer, type Server } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { onOwnPort } from '../../scripts/temporal-cli/ports.ts';
import { listen } from './servers.ts';

function server(): Server {
  const made = createServer();
  onTestFinished(() => void made.close());
  return made;
}

test('where another process takes the port first, the next one is taken', async () => {
  const [rival, mine] = [server(), server()];
  let lost: number | undefined;
  const port = await onOwnPort(31_233, async (free) => {
    lost ??= await listen(rival, free);
    return await listen(mine, free);
  });
  expect(lost).toBeLessThan(port);
});

test('what fails for another reason is not tried again', async () => {
  let tried = 0;
  const failing = onOwnPort(31_233, async () => {
    tried += 1;
    throw new Error('no such program');
  });
  await expect(failing).rejects.toThrow('no such program');
  expect(tried).toBe(1);
});
