import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { asTyped } from '../../src/command-line/caller-directory.ts';
import type { ExportReport } from '../../src/domain/report.ts';
import { count, type Screen } from './screen.ts';

const SHOWN_REJECTS = 3;

/** Shows the report of an export. */
export async function showReport(report: ExportReport, screen: Screen): Promise<void> {
  const { rows, identifiers, requests } = report;
  const seconds = (Date.parse(report.finishedAt) - Date.parse(report.startedAt)) / 1_000;
  screen.heading('Report');
  screen.field('cohort', `${report.cohortName} (${report.cohortId}), ${report.operation}`);
  screen.field(
    'rows',
    `${count(rows.read)} read: ${count(rows.accepted)} accepted, ${count(rows.rejected)} rejected`,
  );
  screen.field('identifiers', `${count(identifiers.sent)} sent`);
  screen.field('', `${count(identifiers.userIds)} user ids`);
  screen.field('', `${count(identifiers.deviceIds)} device ids`);
  screen.field('', `${count(identifiers.aliases)} aliases`);
  if (identifiers.repeated > 0)
    screen.field('', `${count(identifiers.repeated)} duplicates left out`);
  screen.field(
    'requests',
    `${count(requests.accepted)} accepted, ${count(requests.retried)} retried, in ${seconds.toFixed(1)} s`,
  );
  if (report.warnings.length === 0) screen.field('warnings', 'none');
  for (const warning of report.warnings) screen.field('warning', warning);
  if (report.rejects !== null) await showRejects(report.rejects, rows.rejected, screen);
}

interface Reject {
  readonly row: number;
  readonly column: string | null;
  readonly reason: string;
}

async function showRejects(file: string, total: number, screen: Screen): Promise<void> {
  screen.field('rejects', asTyped(file));
  for (const { row, column, reason } of await firstRejects(file)) {
    screen.field('', `row ${count(row)}: ${column === null ? '' : `${column} `}${reason}`);
  }
  if (total > SHOWN_REJECTS) screen.field('', `and ${count(total - SHOWN_REJECTS)} more`);
}

async function firstRejects(file: string): Promise<Reject[]> {
  const rejects: Reject[] = [];
  const input = createReadStream(file);
  for await (const line of createInterface({ input })) {
    rejects.push(JSON.parse(line));
    if (rejects.length === SHOWN_REJECTS) break;
  }
  input.destroy();
  return rejects;
}
