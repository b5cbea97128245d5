import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { asTyped, callerDirectory } from '../../src/command-line/caller-directory.ts';
import { shellWord } from '../../src/command-line/text.ts';
import { runSummary } from '../../src/domain/run-summary.ts';
import { loadTemporalSettings } from '../../src/temporal/settings.ts';
import type { DemoExport } from './exports.ts';

const LINE_LENGTH = 94;

/** The Temporal CLI's arguments that start an export, whose input is written to a file. */
export async function startArguments(
  { workflowId, input }: DemoExport,
  folder: string,
  address: string,
): Promise<readonly string[]> {
  const file = join(folder, `${workflowId}.json`);
  await writeFile(file, `${JSON.stringify(input, null, 2)}\n`);
  return [
    ...['workflow', 'start'],
    ...['--type', 'exportCohort', '--task-queue', 'cohort-export'],
    ...['--workflow-id', workflowId, '--input-file', asTyped(file)],
    ...['--static-summary', runSummary(input) ?? workflowId],
    ...addressArguments(address),
  ];
}

/** Nothing where the CLI would find the demo's Temporal by itself. */
export function addressArguments(address: string): readonly string[] {
  try {
    const found = loadTemporalSettings(process.env, callerDirectory);
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
