import ms from 'ms';
import { expect, test } from 'vitest';
import { JobTimes } from '../../sandbox/treasure-data/job-times.ts';
import { settingsSchema } from '../../src/config/schema.ts';
import { requestFormat } from '../../src/destinations/braze/request-format.ts';
import { countChunks, MAX_REQUESTS_PER_CHUNK, planChunks } from '../../src/domain/chunk-plan.ts';
import { checkExport } from '../../src/domain/export-input.ts';
import { MOST_REFUSED_OF_CHUNK } from '../../src/domain/narrowing.ts';
import { RESPONSE_WITHIN_MS, UNKNOWN_SETTLE_MS } from '../../src/domain/unanswered-requests.ts';
import { EXPORT_TYPES } from '../../src/registry.ts';
import { REQUESTS_PER_FILE } from '../../src/staging/layout.ts';
import { ACTIVITY_TABLE } from '../../src/workflows/activity-table.ts';
import { constant } from './constants.ts';
import { read } from './pages.ts';

/** What a page says, with a group for each figure, and what the code makes of them. */
type Claim = readonly [page: string, says: RegExp, ...figures: number[]];

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const in_ = (unit: number, name: string, where?: string) => constant(name, where) / unit;

const WORDS =
  'no one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen';

const { limits } = requestFormat;
const MEGABYTES = constant('REQUEST_MAX_BYTES') / 1_000_000;
const BYTES = constant('IDENTIFIER_MAX_BYTES');

// The demo's export of docs/images and of the README: its identifiers, and the chunks they make.
const DEMO_REQUESTS = Math.ceil(shownInReadme(/identifiers +([\d,]+) sent/) / limits.identifiers);
const DEMO_CHUNKS = countChunks(planChunks(DEMO_REQUESTS, 5));

const ATTRIBUTE_CHARACTERS = constant('MOST_CHARACTERS', 'search-attributes');
const REASONS = constant('MOST_REASONS');
const STAGE_ATTEMPTS = constant('MOST_ATTEMPTS');
const SHARE = constant('PERCENT_OF_MACHINE');
const NOT_SEEN = in_(MINUTE, 'HANDED_BACK_FOR_MS');
const DAMAGED_ATTEMPTS = constant('BRIEF_ATTEMPTS');
const DRAIN = in_(SECOND, 'DRAIN_FOR_MS');
const LEASE = in_(SECOND, 'LEASE_MS');
const HEARTBEAT = settingsSchema.shape.worker.parse({}).heartbeatInterval / SECOND;
const LOST = ms(ACTIVITY_TABLE.sendChunk.heartbeatTimeout) / SECOND;
const WAITING_LOST = ms(ACTIVITY_TABLE.awaitQuery.heartbeatTimeout) / SECOND;
const WATCH_AFTER = in_(SECOND, 'WATCH_AFTER');
const LOOK_EVERY = in_(MINUTE, 'LOOK_EVERY', 'workflows');
const SETTLE = UNKNOWN_SETTLE_MS / SECOND;
const STOPS = in_(SECOND, 'STOPS_WITHIN_MS');
const ASK_AGAIN = in_(MINUTE, 'ASK_AGAIN_AFTER');
const STAGE_HOURS = ms(ACTIVITY_TABLE.stageRows.startToCloseTimeout) / HOUR;
const CONNECT = in_(SECOND, 'CONNECT_TIMEOUT_MS');
const BRAZE_TIMEOUT = RESPONSE_WITHIN_MS / SECOND;
const TD_TIMEOUT = in_(SECOND, 'REQUEST_TIMEOUT_MS', 'sources/treasure-data');
const FIRST_DELAY = in_(SECOND, 'FIRST_DELAY_MS');
const LONGEST_DELAY = in_(MINUTE, 'LONGEST_DELAY_MS');

const CLAIMS: Claim[] = [
  ['README.md', /identifiers, \d+ of (\d+) chunks/, DEMO_CHUNKS],
  ['README.md', /requests +(\d+) accepted/, DEMO_REQUESTS],
  ['README.md', /is longer than (\d+) bytes/, BYTES],
  ['README.md', /requests in flight at once, 1–(\d+) \((\d+)\)/, ...threads()],
  ['README.md', /They need Node (\d+) or newer/, constant('OLDEST_NODE')],
  ['README.md', /the pinned Node (\d+)/, pinnedNode()],

  ['docs/images/pipeline.svg', /chunk \d+ of (\d+)/, DEMO_CHUNKS],
  ['docs/web-ui.md', /chunk \d+ of (\d+)/, DEMO_CHUNKS],
  ['docs/web-ui.md', /cut at (\d+) characters/, ATTRIBUTE_CHARACTERS],
  ['docs/workflow.md', /beyond the first (\d+) are/, REASONS],
  ['docs/operations.md', /finished for up to (\d+) s/, DRAIN],
  ['docs/operations.md', /takes longer than these (\d+) s/, DRAIN],
  ['docs/operations.md', /one of its (\w+) attempts/, STAGE_ATTEMPTS],
  ['docs/operations.md', /right ones are away for (\d+) minutes/, NOT_SEEN],
  ['docs/operations.md', /in between fails after (\d+) minutes/, NOT_SEEN],
  ['docs/operations.md', /is repeated, (\w+) attempts in/, STAGE_ATTEMPTS],
  ['docs/guarantees.md', /If more than (\d+) identifiers of a chunk/, MOST_REFUSED_OF_CHUNK],
  ['docs/errors.md', /More than (\d+) identifiers of one chunk/, MOST_REFUSED_OF_CHUNK],
  ['docs/guarantees.md', /seen the directory for (\d+) minutes/, NOT_SEEN],
  ['docs/guarantees.md', /is retried, up to (\w+) attempts/, STAGE_ATTEMPTS],
  ['docs/guarantees.md', /if it is older than (\d+) h/, in_(HOUR, 'REPORT_FROM_AGE_MS')],
  ['docs/errors.md', /(\d+) minutes, without a single worker/, NOT_SEEN],
  [
    'docs/operations.md',
    /length \+ (\d+): (\d+) for a UUID, (\d+) for 10 digits/,
    3,
    ...stagedIds(),
  ],
  ['docs/operations.md', /label's length \+ (\d+): (\d+) for an e-mail/, 35, stagedAlias()],
  ['docs/operations.md', /So 10 M UUIDs take (\d+) MB/, stagedIds()[0] * 10],
  ['docs/operations.md', /(\d+) to (\d+) s later/, SETTLE, SETTLE + WATCH_AFTER],
  ['docs/operations.md', /holds the lock for more than (\d+) s/, WATCH_AFTER],
  ['docs/operations.md', /a look every (\d+) minutes/, LOOK_EVERY],
  [
    'docs/configuration.md',
    /After (\d+) s, waiting work goes back/,
    in_(SECOND, 'WAITS_HERE_MS', 'activities'),
  ],
  [
    'docs/operations.md',
    /a heartbeat every (\d+) s/,
    in_(SECOND, 'WAITING_INTERVAL_MS', 'activities'),
  ],
  ['docs/operations.md', /heartbeatInterval` \((\d+) s\)/, HEARTBEAT],
  [
    'docs/operations.md',
    /up to (\d+) requests, so ([\d,]+) identifiers/,
    MAX_REQUESTS_PER_CHUNK,
    MAX_REQUESTS_PER_CHUNK * limits.identifiers,
  ],
  [
    'docs/operations.md',
    /is tried (\w+) times within/,
    ACTIVITY_TABLE.notify.retry.maximumAttempts,
  ],
  ['docs/operations.md', /(?:within|before the) (\d+) minutes/, ASK_AGAIN],

  [
    'docs/architecture.md',
    /up to (\d+) requests, (\w+) staged files/,
    MAX_REQUESTS_PER_CHUNK,
    MAX_REQUESTS_PER_CHUNK / REQUESTS_PER_FILE,
  ],
  ['docs/architecture.md', /requests-000000 +(\d+) requests/, REQUESTS_PER_FILE],
  ['docs/architecture.md', /after (\d+) s without a heartbeat/, LOST],
  ['docs/architecture.md', /stops sending after (\d+) s/, LEASE],
  [
    'docs/architecture.md',
    /About every (\d+) s one goes through/,
    in_(SECOND, 'SDK_HEARTBEAT_WITHIN_MS'),
  ],
  ['docs/architecture.md', /the next (\w+)\s+learn/, constant('TOLD_THEIR_POSITION')],
  ['docs/architecture.md', /ask again every (\d+) minutes/, ASK_AGAIN],
  ['docs/architecture.md', /held the lock for more\s+than (\d+) s/, WATCH_AFTER],
  ['docs/architecture.md', /only looks every (\d+) minutes/, LOOK_EVERY],
  [
    'docs/architecture.md',
    /the lock waits another (\d+) s: (\d+) s in\s+which .+?\s.+?, and (\d+) s/s,
    SETTLE,
    STOPS,
    BRAZE_TIMEOUT,
  ],
  [
    'docs/architecture.md',
    /heartbeats every (\d+) s\. Its timeout\s+is (\d+) s/,
    in_(SECOND, 'WAITING_INTERVAL_MS', 'activities'),
    WAITING_LOST,
  ],
  [
    'docs/architecture.md',
    /workflow's state every (\d+) s/,
    in_(SECOND, 'LOOK_EVERY_MS', 'activities'),
  ],

  [
    'docs/guarantees.md',
    /with 1 to ([\d,]+) identifiers and less than (\d+) MB/,
    limits.identifiers,
    MEGABYTES,
  ],
  ['docs/guarantees.md', /beginning, (\w+) attempts at\s+most/, STAGE_ATTEMPTS],
  ['docs/guarantees.md', /(\d+) s without a response/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /heartbeatInterval` \((\d+) s\)/, HEARTBEAT],
  ['docs/guarantees.md', /a timeout after (\d+) s/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /stops sending after (\d+) s, and .+? after (\d+) s/, LEASE, LOST],
  ['docs/guarantees.md', /back within (\d+) s/, LEASE],
  ['docs/guarantees.md', /another worker continues after (\d+) s/, LOST],
  ['docs/guarantees.md', /the query goes on for (\d+) s/, DRAIN],
  ['docs/guarantees.md', /`StagingFailed`, after (\w+) attempts/, DAMAGED_ATTEMPTS],
  ['docs/guarantees.md', /\[(\d+) to (\d+) s later\]/, SETTLE, SETTLE + WATCH_AFTER],
  ['docs/guarantees.md', /end within (\d+) s and are recorded/, DRAIN],
  ['docs/guarantees.md', /in flight takes longer than (\d+) s/, DRAIN],
  [
    'docs/guarantees.md',
    /(\d+) to (\d+) s later: the lock watches an export that has held it for (\d+) s/,
    SETTLE,
    SETTLE + WATCH_AFTER,
    WATCH_AFTER,
  ],
  [
    'docs/guarantees.md',
    /after such an end it waits (\d+) s, in which .+?, and the (\d+) s of the last request/,
    STOPS,
    BRAZE_TIMEOUT,
  ],
  ['docs/guarantees.md', /(\d+) s after that request was sent/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /(\d+) s after the lane began again/, SETTLE],
  ['docs/guarantees.md', /took more than (\d+) s to stop/, DRAIN],
  ['docs/guarantees.md', /each has a response\s+within (\d+) s or none/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /within the (\d+) s that a worker has to stop/, DRAIN],
  ['docs/guarantees.md', /at least (\d+) s after that request was sent/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /applied within these (\d+) s or not at all/, BRAZE_TIMEOUT],
  ['docs/guarantees.md', /again within (\d+) minutes/, ASK_AGAIN],
  ['docs/guarantees.md', /checks its holder every (\d+) minutes/, LOOK_EVERY],
  ['docs/guarantees.md', /same label\) within (\d+) requests/, REQUESTS_PER_FILE],
  ['docs/guarantees.md', /does not know it, after (\d+) h/, in_(HOUR, 'UNKNOWN_EXPORT_KEPT_MS')],

  [
    'docs/configuration.md',
    /(\d+) s to connect, (\d+) s for a request and its response, (\d+) open/,
    CONNECT,
    BRAZE_TIMEOUT,
    constant('CONNECTIONS', 'destinations/braze'),
  ],
  [
    'docs/configuration.md',
    /(\d+) s to connect, (\d+) s for a response or between/,
    CONNECT,
    TD_TIMEOUT,
  ],

  ['docs/workflow.md', /"chunks": \{ "total": (\d+)/, DEMO_CHUNKS],
  ['docs/workflow.md', /"requests": \{ "accepted": (\d+)/, DEMO_REQUESTS],
  ['docs/workflow.md', /string, at most (\d+) bytes/, constant('COHORT_ID_MAX_BYTES')],
  ['docs/workflow.md', /longer than (\d+) bytes/, BYTES],
  ['docs/workflow.md', /at most ([\d,]+) characters/, constant('QUERY_MAX_CHARACTERS')],
  ['docs/workflow.md', /is longer than (\d+) bytes/, BYTES],
  ['docs/workflow.md', /in the (\d+) requests of one staged file/, REQUESTS_PER_FILE],
  ['docs/workflow.md', /cohort then waits (\d+) s\s+longer/, SETTLE],
  ['docs/workflow.md', /their responses, after (\d+) s at most/, BRAZE_TIMEOUT],
  ['docs/workflow.md', /had no response\]\(.+?\), (\d+) s after it was sent/, BRAZE_TIMEOUT],
  ['docs/configuration.md', /more than (\d+) % of the memory/, SHARE],
  ['docs/configuration.md', /none of the (\w+) attempts/, STAGE_ATTEMPTS],

  ['docs/errors.md', /staging: (\w+) attempts/, STAGE_ATTEMPTS],
  ['docs/errors.md', /(?:SIGKILL|…)\). …` +\| (\w+) attempts/, STAGE_ATTEMPTS],
  ['docs/errors.md', /is incomplete or corrupt: …` +\| (\w+) attempts/, DAMAGED_ATTEMPTS],
  [
    'docs/errors.md',
    /not finish: (\d+) attempts failed, were lost with their worker or took longer than (\d+) h/,
    STAGE_ATTEMPTS,
    STAGE_HOURS,
  ],
  ['docs/errors.md', /(\d+) s,? doubling to (\d+) min/, FIRST_DELAY, LONGEST_DELAY],
  ['docs/errors.md', /asks for, up to (\d+) h/, in_(HOUR, 'LONGEST_WAIT_MS')],
  ['docs/errors.md', /Up to (\w+) for each chunk/, constant('WARNINGS_KEPT')],

  [
    'docs/treasure-data.md',
    /after (\d+) s, 2 s, 4 s, at most every (\d+) s/,
    in_(SECOND, 'FIRST_POLL_MS'),
    in_(SECOND, 'LONGEST_POLL_MS'),
  ],
  ['docs/treasure-data.md', /a wrong count +\| (\w+) more attempts/, DAMAGED_ATTEMPTS - 1],
  [
    'docs/treasure-data.md',
    /Thread Count, 1 to (\d+) +\| `threadCount`, (\d+) by default/,
    ...threads(),
  ],

  ['docs/schedules.md', /text, at most (\d+) bytes/, constant('ID_MAX_BYTES')],
  ['docs/schedules.md', /Of more than (\w+) runs only/, constant('SHOWN_RUNS')],
  ['docs/schedules.md', /At most ([\d,]+) runs at once/, constant('MAX_RUNS')],
  [
    'docs/schedules.md',
    /`--count` is 1 to ([\d,]+) \((\d+)\)/,
    constant('MAX_COUNT'),
    constant('DEFAULT_COUNT'),
  ],
  ['docs/schedules.md', /Temporal does not answer \((\d+) s\)/, in_(SECOND, 'CONNECT_WITHIN_MS')],
  ['docs/schedules.md', /the next (\w+) runs/, constant('NEXT_RUNS')],

  ['docs/sandbox.md', /comes in (\w+) parts/, constant('PARTS', 'faulty-body')],
  ['docs/sandbox.md', /the last (\d+) requests/, constant('LOG_SIZE')],
  ['docs/sandbox.md', /more than ([\d,]+) characters\s+fails/, constant('MAX_QUERY_CHARACTERS')],
  ['docs/sandbox.md', /127\.0\.0\.1:(\d+)\/?"?[,/]/, constant('DEFAULT_PORT', 'sandbox')],
  [
    'docs/sandbox.md',
    /"queuedMs": (\d+), "bootingMs": (\d+), "runningMs": (\d+), "killMs": (\d+)/,
    ...jobTimes(),
  ],
];

for (const [page, says, ...figures] of CLAIMS) {
  test(`${page} says ${says.source}`, () => {
    const found = [...read(page).matchAll(new RegExp(says, 'g'))];
    expect(found, 'the page no longer says it: change or remove this row').not.toEqual([]);
    for (const [text, ...groups] of found) {
      expect([text, ...groups.map((group) => numberIn(group ?? ''))]).toEqual([text, ...figures]);
    }
  });
}

function numberIn(text: string): number {
  const word = WORDS.split(' ').indexOf(text.toLowerCase());
  return word === -1 ? Number(text.replaceAll(',', '')) : word;
}

function shownInReadme(says: RegExp): number {
  return numberIn(says.exec(read('README.md'))?.[1] ?? '');
}

/** The largest `threadCount`, and the default. */
function threads(): [number, number] {
  const input = {
    source: { type: 'duckdb', query: 'SELECT 1' },
    cohortId: 'id',
    operation: 'APPEND',
  };
  const taken = (threadCount?: number) =>
    checkExport({ ...input, threadCount }, EXPORT_TYPES).request?.threadCount;
  const counts = Array.from({ length: 100 }, (_, index) => index + 1);
  return [Math.max(...counts.filter((count) => taken(count) === count)), taken() ?? 0];
}

/** Bytes that a full request takes for each of its identifiers. */
function stagedBytes(batch: Parameters<typeof requestFormat.encode>[0]): number {
  return Math.round(requestFormat.encode(batch, 'APPEND').length / limits.identifiers);
}

/** Of UUIDs, and of ids of ten digits. */
function stagedIds(): [number, number] {
  const of = (length: number) => {
    const userIds = Array.from({ length: limits.identifiers }, () => 'x'.repeat(length));
    return stagedBytes({ userIds, deviceIds: [], aliases: [] });
  };
  return [of(36), of(10)];
}

function stagedAlias(): number {
  const names = Array.from({ length: limits.identifiers }, () => 'x'.repeat(26));
  return stagedBytes({ userIds: [], deviceIds: [], aliases: [{ label: 'email', names }] });
}

function jobTimes(): number[] {
  const { queuedMs, bootingMs, runningMs, killMs } = new JobTimes().settings;
  return [queuedMs, bootingMs, runningMs, killMs];
}

function pinnedNode(): number {
  const { devDependencies } = JSON.parse(read('package.json'));
  return Number.parseInt(devDependencies.node, 10);
}
