import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

// Where the commands look for a configuration, before they are loaded: a developer may have one here.
process.env.INIT_CWD = mkdtempSync(join(tmpdir(), 'schedules-'));
