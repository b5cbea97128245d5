// The process that `workflow-bundle.ts` starts: writes the bundle to stdout.
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const WORKFLOWS = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));

const { code } = await bundleWorkflowCode({
  workflowsPath: WORKFLOWS,
  logger: new DefaultLogger('ERROR'),
});
process.stdout.write(code);
