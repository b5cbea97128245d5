import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadTemporalSettings } from '../../src/config/temporal.ts';
import { asTyped } from './caller.ts';

const LINE_LENGTH = 94;

/** The workflow's argument, with the fields that the demo uses. */
export interface DemoExport {
  readonly source: {
    readonly type: 'duckdb';
    readonly connection: 'local';
    readonly query: string;
  };
  readonly cohortId: string;
  readonly cohortName: string;
  readonly operation: 'APPEND' | 'REMOVE';
  readonly aliases: readonly string[];
  readonly threadCount: number;
  readonly skipOnInvalidRecord: boolean;
}

/** Who spent 100 or more in the data's last 90 days, and agreed to hear from the shop. */
const VIPS = `\
SELECT c.external_id AS user_ids, c.device_ids, c.email
FROM 'customers.parquet' AS c
JOIN (
  SELECT customer_id, sum(amount::DECIMAL(9, 2)) AS spent
  FROM 'orders.csv'
  WHERE status = 'paid'
    AND ordered_at > (SELECT max(ordered_at) FROM 'orders.csv') - INTERVAL 90 DAY
  GROUP BY customer_id
) AS o USING (customer_id)
WHERE c.marketing_consent AND o.spent >= 100
ORDER BY c.customer_id`;

const GERMANS = `\
SELECT external_id AS user_ids, device_ids, email
FROM 'customers.parquet'
WHERE country = 'DE'`;

export const appendVips: DemoExport = {
  source: { type: 'duckdb', connection: 'local', query: VIPS },
  cohortId: 'vips',
  cohortName: 'VIPs of the last 90 days',
  operation: 'APPEND',
  aliases: ['email'],
  threadCount: 5,
  skipOnInvalidRecord: true,
};

export const removeGermans: DemoExport = {
  ...appendVips,
  source: { type: 'duckdb', connection: 'local', query: GERMANS },
  operation: 'REMOVE',
};

/** The Temporal CLI's arguments that start an export, whose input is written to a file. */
export async function startArguments(
  request: DemoExport,
  workflowId: string,
  folder: string,
  address: string,
): Promise<readonly string[]> {
  const file = join(folder, `${workflowId}.json`);
  await writeFile(file, `${JSON.stringify(request, null, 2)}\n`);
  return [
    ...['workflow', 'start'],
    ...['--type', 'exportCohort', '--task-queue', 'cohort-export'],
    ...['--workflow-id', workflowId, '--input-file', asTyped(file)],
    ...addressArguments(address),
  ];
}

/** Nothing where the CLI would find the demo's Temporal by itself. */
export function addressArguments(address: string): readonly string[] {
  try {
    const found = loadTemporalSettings();
    if (found.address === address && found.namespace === 'default') return [];
  } catch {
    // What is set contradicts itself, so the CLI has to be told.
  }
  return ['--address', address, '--namespace', 'default'];
}

/** The command for a shell, in lines that fit a page. */
export function shellCommand(args: readonly string[]): string {
  const words = ['npm', 'run', 'temporal', '--', ...args].map(shellWord);
  const lines: string[] = [];
  let line = '';
  // An option and its value stay together.
  for (const word of pairs(words)) {
    if (line !== '' && line.length + word.length > LINE_LENGTH) {
      lines.push(`${line} \\`);
      line = `  ${word}`;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].join('\n');
}

function pairs(words: readonly string[]): string[] {
  const paired: string[] = [];
  for (const word of words) {
    const last = paired.at(-1);
    if (last !== undefined && /^--[a-z-]+$/.test(last)) paired[paired.length - 1] += ` ${word}`;
    else paired.push(word);
  }
  return paired;
}

function shellWord(word: string): string {
  return /^[\w./:=@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
