// Started by download.ts in a process of its own, which can be killed when nothing arrives.
import { TestWorkflowEnvironment } from '@temporalio/testing';

// The SDK downloads only on the way to starting a server. It fetches the file first and looks
// for a port next: an address reserved for documentation (RFC 5737) ends it between the two.
const NOT_OURS = '203.0.113.1';

const [downloadDir, version] = process.argv.slice(2);
if (downloadDir === undefined || version === undefined) {
  throw new Error('download-child.ts needs a folder and a version.');
}

try {
  const environment = await TestWorkflowEnvironment.createLocal({
    server: { ip: NOT_OURS, executable: { type: 'cached-download', downloadDir, version } },
  });
  await environment.teardown();
} catch (error) {
  // The reason, for the caller, which looks whether the file is there.
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
