import type { SentRequest } from './export-input.ts';
import type { FailedAttempt } from './failed-attempt.ts';
import type { RejectReason } from './reject-reasons.ts';
import { type IdentifierCounts, identifiersIn, isOver, type Progress } from './report.ts';
import { runSummary } from './run-summary.ts';
import type { SendEstimate } from './send-rate.ts';

/** What the page of a run shows. */
export interface RunView {
  /** `null` until the input was checked. */
  readonly request: SentRequest | null;
  readonly progress: Progress;
  readonly requests: { readonly accepted: number; readonly retried: number };
  /** `null` where nothing is being sent, and until the first chunk has ended. */
  readonly estimate: SendEstimate | null;
  /** The last attempt that failed, if its activity is still tried. */
  readonly failed: FailedAttempt | null;
  readonly warnings: readonly string[];
  readonly rejectReasons: readonly RejectReason[];
  readonly rejects: string | null;
}

/** The Web UI fills in what is in braces. */
const PENDING_ACTIVITIES =
  '[Pending Activities](/namespaces/{namespace}/workflows/{workflowId}/{runId}/pending-activities)';

const LEFT = ':---';
const RIGHT = '---:';

/** The details of a run in Markdown, for the Web UI. Numbers and what people typed; no rows. */
export function describeRun(view: RunView): string {
  const { request, progress } = view;
  const head = request === null ? '' : `${headline(request)}\n`;
  const stage = `**${progress.stage}**: ${escaped(progress.note)}`;
  return [`${head}${stage}`, ...failedAttempt(view), ...counts(view), ...estimate(view)]
    .concat(warnings(view), rejected(view))
    .join('\n\n');
}

function headline(request: SentRequest): string {
  const { destination, connection } = request;
  return `**${escaped(runSummary(request) ?? '')}** (${escaped(destination)}, connection ${escaped(connection)})`;
}

function failedAttempt({ failed }: RunView): string[] {
  if (failed === null) return [];
  const next =
    failed.nextAt === null
      ? 'The next attempt follows within a minute or so.'
      : `The next attempt follows at ${time(failed.nextAt)}.`;
  return [
    `**Attempt ${count(failed.attempt)} of ${failed.activity} failed** at ${time(failed.at)}: ${escaped(failed.message)}`,
    `${next} Only the second, the fourth, the eighth attempt and so on are shown here: ${PENDING_ACTIVITIES} has the latest.`,
  ];
}

/** Nothing is counted before rows are staged. */
function counts({ progress, requests }: RunView): string[] {
  const { rows, identifiers, chunks } = progress;
  if (rows.read === 0 && chunks.total === 0) return [];
  const staged = identifiersIn(identifiers);
  return [
    table(
      [LEFT, RIGHT, RIGHT, LEFT],
      [
        ['', 'done', 'of', ''],
        [
          'rows accepted',
          count(rows.accepted),
          count(rows.read),
          `${count(rows.rejected)} rejected`,
        ],
        ['identifiers sent', count(identifiers.sent), count(staged), leftOut(identifiers)],
        ['chunks', count(chunks.done), count(chunks.total), share(identifiers.sent, staged)],
        ['requests accepted', count(requests.accepted), '', `${count(requests.retried)} retried`],
      ],
    ),
  ];
}

function leftOut({ refused, repeated }: IdentifierCounts): string {
  const duplicates = `${count(repeated)} ${repeated === 1 ? 'duplicate' : 'duplicates'} left out`;
  return refused === 0 ? duplicates : `${count(refused)} refused, ${duplicates}`;
}

function share(done: number, all: number): string {
  return all === 0 ? '' : `${Math.floor((100 * done) / all)}%`;
}

function estimate({ progress, estimate }: RunView): string[] {
  if (progress.stage !== 'sending' || progress.chunks.total === 0) return [];
  const inFlight = `A chunk counts once it is done; ${PENDING_ACTIVITIES} has those in flight.`;
  if (estimate === null) return [inFlight];
  const { identifiersPerSecond, endsAt, at } = estimate;
  const rate = count(Math.round(identifiersPerSecond));
  return [
    `About ${rate} identifiers a second; estimated end ${time(endsAt)} (as of ${time(at)}). ${inFlight}`,
  ];
}

function warnings({ warnings }: RunView): string[] {
  if (warnings.length === 0) return [];
  return ['**Warnings**', warnings.map((warning) => `- ${escaped(warning)}`).join('\n')];
}

function rejected({ progress, rejectReasons, rejects }: RunView): string[] {
  if (rejectReasons.length === 0 && rejects === null) return [];
  const reasons = rejectReasons.map(({ column, reason, rows }) => {
    return [count(rows), escaped(column ?? ''), escaped(reason)];
  });
  const where = rejects === null || !isOver(progress.stage) ? [] : [`Each is in ${code(rejects)}.`];
  const list =
    reasons.length === 0
      ? []
      : [table([RIGHT, LEFT, LEFT], [['rows', 'column', 'reason'], ...reasons])];
  return ['**Rejected**', ...list, ...where];
}

/** @param rows the first is the head */
function table(alignment: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const [head = [], ...others] = rows.map((cells) => line(cells.map(spaced)));
  return [head, line(alignment), ...others].join('\n');
}

/** The Web UI has no space between the columns of a table, and drops an ordinary one. */
function spaced(cell: string): string {
  return `${cell}\u2003`;
}

function count(number: number): string {
  return number.toLocaleString('en-US');
}

/** `2026-11-29 14:20:11 UTC` */
function time(at: string | number): string {
  return `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** Text that means nothing in Markdown, in one line. */
function escaped(text: string): string {
  return text.replace(/\s+/g, ' ').replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&');
}

/** A path: without what would end the code. */
function code(text: string): string {
  return `\`${text.replaceAll('`', '')}\``;
}
