// Starts a dev server on the given port and never stops it: a test kills this process.
import { startTemporalServer } from '../../scripts/temporal-cli/dev-server.ts';

await startTemporalServer({ port: Number(process.argv[2]), headless: true });
console.log('ready');
setInterval(() => undefined, 60_000);
