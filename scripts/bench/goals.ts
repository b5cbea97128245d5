/** One goal of the benchmark. `docs/development.md` repeats the table below; a test compares them. */
export interface Goal {
  /** Of the observation that is judged. */
  readonly name: string;
  /** Empty for a ratio or a count. */
  readonly unit: string;
  readonly atLeast?: number;
  readonly atMost?: number;
  /** A guarantee is judged by its worst run, everything else by the median of the runs. */
  readonly judgedBy: 'median' | 'worst';
  readonly means: string;
}

export interface Figure {
  /** What `npm run bench -- NAME` takes. */
  readonly name: string;
  readonly title: string;
  /** How often it is measured unless `--runs` says otherwise. */
  readonly runs: number;
  readonly goals: readonly Goal[];
}

export const FIGURES = [
  {
    name: 'small',
    title: 'an export of 10 rows, on a warm worker with nothing beside it',
    runs: 11,
    goals: [
      {
        name: 'export of 10 rows',
        unit: 's',
        atMost: 0.28,
        judgedBy: 'median',
        means: 'from the start by a client to the result',
      },
    ],
  },
  {
    name: 'lanes',
    title: '1 M identifiers through 10 lanes, each response after 150 ms',
    runs: 3,
    goals: [
      {
        name: 'lane use',
        unit: '',
        atLeast: 0.97,
        judgedBy: 'median',
        means:
          'throughput against `threads × 1000 ÷ latency`, from the first request to the last response',
      },
    ],
  },
  {
    name: 'lanes-mixed',
    title: '1 M identifiers through 10 lanes, each response after 50 to 500 ms',
    runs: 2,
    goals: [
      {
        name: 'mixed lane use',
        unit: '',
        atLeast: 0.95,
        judgedBy: 'median',
        means:
          'the sum of all latencies ÷ lanes, against the time from the first request to the last response',
      },
    ],
  },
  {
    name: 'latency',
    title: '500 k identifiers through 10 lanes, each response after 1 s',
    runs: 1,
    goals: [
      {
        name: 'slow lane use',
        unit: '',
        atLeast: 0.97,
        judgedBy: 'median',
        means: 'as lane use, where every response takes a second',
      },
    ],
  },
  {
    name: 'script',
    title: '5 M identifiers without latency, against a script by hand, in turns',
    runs: 3,
    goals: [
      {
        name: 'wall time to script',
        unit: '',
        atMost: 1.6,
        judgedBy: 'median',
        means: 'wall time of an export ÷ that of `scripts/bench/plain-script.ts`',
      },
      {
        name: 'CPU to script',
        unit: '',
        atMost: 1.6,
        judgedBy: 'median',
        means:
          'the same by processor time: the worker with its query, without Temporal and the sandbox',
      },
    ],
  },
  {
    name: 'memory',
    title: 'an export of 10 M rows (12.5 M identifiers), and one of 1 M beside it',
    runs: 1,
    goals: [
      {
        name: 'peak at 10 M rows',
        unit: 'MB',
        atMost: 420,
        judgedBy: 'median',
        means: 'peak of the worker and all its processes, shared pages counted once (PSS)',
      },
    ],
  },
  {
    name: 'actions',
    title: 'billable Temporal actions of 1 M identifiers, 10 lanes, 150 ms',
    runs: 1,
    goals: [
      {
        name: 'actions of 1 M',
        unit: '',
        atMost: 150,
        judgedBy: 'median',
        means: 'events of all workflows, retries, and the heartbeats that reach the server',
      },
    ],
  },
  {
    name: 'waiting',
    title: 'billable Temporal actions of an export whose query waits',
    runs: 1,
    goals: [
      {
        name: 'actions an hour',
        unit: '',
        atMost: 200,
        judgedBy: 'median',
        means: 'for each export, from two minutes of several exports whose jobs run',
      },
    ],
  },
  {
    name: 'kill',
    title: 'kill -9 of the worker halfway through 1 M identifiers, 10 lanes, 150 ms',
    runs: 2,
    goals: [
      {
        name: 'requests sent again',
        unit: '',
        atMost: 30,
        judgedBy: 'worst',
        means: 'beyond the 1,000 that were needed; a new worker starts at once',
      },
    ],
  },
  {
    name: 'rate',
    title: 'an export that a rate limit holds back for two minutes',
    runs: 1,
    goals: [
      {
        name: 'rate limit used',
        unit: '',
        atLeast: 0.95,
        judgedBy: 'median',
        means: 'requests of two full minutes ÷ those that were allowed',
      },
      {
        name: 'responses with 429',
        unit: '',
        atMost: 0,
        judgedBy: 'worst',
        means: 'requests beyond the limit of a minute, as the sandbox counts its windows',
      },
    ],
  },
  {
    name: 'many',
    title: 'fifty exports of 10 rows at once, each of a cohort of its own',
    runs: 2,
    goals: [
      {
        name: 'fifty exports',
        unit: 's',
        atMost: 40,
        judgedBy: 'median',
        means: 'until the last of them is done; a bound, not an aim',
      },
      {
        name: 'peak of fifty exports',
        unit: 'MB',
        atMost: 1_200,
        judgedBy: 'median',
        means: 'as the peak at 10 M rows; a bound, not an aim',
      },
    ],
  },
  {
    name: 'staging',
    title: 'query, validation and staging of three columns: 2 M rows, and 10 M for memory',
    runs: 5,
    goals: [
      {
        name: 'staging rate',
        unit: '',
        atLeast: 0.125,
        judgedBy: 'median',
        means: 'rows a second, against just fetching what the same query streams, in turns',
      },
      {
        name: 'staging memory',
        unit: '',
        atMost: 1.15,
        judgedBy: 'median',
        means: 'peak of that process at 10 M rows ÷ that at 2 M',
      },
    ],
  },
  {
    name: 'result',
    title: 'a Treasure Data job’s msgpack.gz to staged files: 2 M rows, and 5 M for memory',
    runs: 5,
    goals: [
      {
        name: 'result rate',
        unit: '',
        atLeast: 0.14,
        judgedBy: 'median',
        means: 'rows a second, against just fetching and unzipping that result, in turns',
      },
      {
        name: 'result memory',
        unit: '',
        atMost: 1.15,
        judgedBy: 'median',
        means: 'peak of that process at 5 M rows ÷ that at 2 M',
      },
    ],
  },
  {
    name: 's3',
    title: '2 M identifiers through a bucket on this machine, and through a directory, in turns',
    runs: 3,
    goals: [
      {
        name: 'bucket to directory',
        unit: '',
        atLeast: 0.7,
        judgedBy: 'median',
        means:
          'rows a second of a whole export without latency, against the same through a directory',
      },
      {
        name: 'memory over directory',
        unit: 'MB',
        atMost: 64,
        judgedBy: 'median',
        means: 'peak of the worker and all its processes, minus that with a directory',
      },
    ],
  },
] as const satisfies readonly Figure[];

export type FigureName = (typeof FIGURES)[number]['name'];
