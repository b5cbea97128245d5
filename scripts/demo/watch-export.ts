import { setTimeout as delay } from 'node:timers/promises';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { type ExportReport, identifiersIn, type Progress } from '../../src/domain/report.ts';
import { DemoError } from './demo-error.ts';
import { count, type Screen } from './screen.ts';
import type { ServiceLog } from './service-log.ts';
import { until } from './until.ts';

const ASK_EVERY_MS = 200;
const BAR_WIDTH = 20;

export interface WatchOptions {
  readonly screen: Screen;
  readonly stop: AbortSignal;
  readonly services: { readonly workerLog: ServiceLog };
}

/**
 * Shows the progress of an export until it ends with its report. If `brief`, only a terminal shows it,
 * and nothing of it stays.
 */
export async function watchExport(
  handle: WorkflowHandle,
  { screen, stop, services }: WatchOptions,
  length: 'full' | 'brief',
): Promise<ExportReport> {
  let over = false;
  let shown = '';
  const show = async () => {
    // Without a response the end will say more.
    const response = handle.query<Progress>('progress').catch(() => null);
    const progress = await until(stop, response);
    if (progress === null) return;
    const text = describeProgress(progress);
    if (screen.isTerminal) screen.redraw(`  ${bar(progress)}${text}`);
    else if (length === 'full' && text !== shown) screen.line(`  ${text}`);
    shown = text;
  };
  const result: Promise<ExportReport> = handle.result();
  const end = () => {
    over = true;
  };
  const ended = result.then(end, end);
  while (!over) {
    await show();
    await until(stop, Promise.race([ended, delay(ASK_EVERY_MS)]));
  }
  await show();
  if (length === 'full') screen.settle();
  else screen.erase();
  try {
    return await result;
  } catch (error) {
    throw explain(error, services.workerLog);
  }
}

/** One line; `stage` first. */
function describeProgress({ stage, identifiers, chunks, note }: Progress): string {
  const staged = identifiersIn(identifiers);
  if (stage === 'finished') return `${stage}: ${count(identifiers.sent)} identifiers sent`;
  if (stage !== 'sending' || chunks.total === 0) return `${stage}: ${note}`;
  return `${stage}: ${count(identifiers.sent)} of ${count(staged)} identifiers, ${chunks.done} of ${chunks.total} chunks`;
}

function bar({ identifiers }: Progress): string {
  const staged = identifiersIn(identifiers);
  if (staged === 0) return '';
  const full = Math.floor((BAR_WIDTH * identifiers.sent) / staged);
  return `${'█'.repeat(full)}${'░'.repeat(BAR_WIDTH - full)}  `;
}

function explain(error: unknown, workerLog: ServiceLog): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  const { cause } = error;
  const type = cause instanceof ApplicationFailure ? `${cause.type}: ` : '';
  return new DemoError(`The export failed. ${type}${cause?.message ?? error.message}`, workerLog);
}
