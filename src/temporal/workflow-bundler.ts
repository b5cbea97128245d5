// The process that `workflow-bundle.ts` starts: writes the bundle to the file that it is given.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: WORKFLOWS,
  logger: new DefaultLogger('ERROR'),
});
writeFileSync(process.argv[2] as string, code, { mode: 0o600 });
