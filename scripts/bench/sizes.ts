/** How much each figure sends, and how long it looks. */
export interface Sizes {
  readonly small: { readonly warmUps: number; readonly pauseMs: number };
  readonly lanes: LaneSize;
  readonly mixed: { readonly requests: number; readonly fromMs: number; readonly toMs: number };
  readonly slow: LaneSize;
  readonly script: { readonly identifiers: number };
  readonly memory: { readonly fewRows: number; readonly manyRows: number };
  /** Temporal brings its metrics up to date once a second. */
  readonly actions: LaneSize & { readonly metricsLagMs: number };
  readonly waiting: {
    readonly exports: number;
    readonly startEveryMs: number;
    readonly settleMs: number;
    readonly windowMs: number;
  };
  readonly kill: LaneSize & { readonly signal: 'SIGKILL' | 'SIGTERM' };
  readonly rate: {
    readonly requestsPerHour: number;
    readonly windowMs: number;
    /** Full windows in which there is more to send than is allowed. */
    readonly windows: number;
    readonly requests: number;
    readonly latencyMs: number;
  };
  readonly many: { readonly exports: number };
  readonly staging: StagingSize;
  readonly result: StagingSize;
  readonly s3: { readonly rows: number };
}

interface LaneSize {
  readonly requests: number;
  readonly latencyMs: number;
}

interface StagingSize {
  readonly fewRows: number;
  readonly manyRows: number;
}

export const FULL: Sizes = {
  // The pause lets the process for the next query start: nothing runs beside an export.
  small: { warmUps: 2, pauseMs: 2_000 },
  lanes: { requests: 1_000, latencyMs: 150 },
  mixed: { requests: 1_000, fromMs: 50, toMs: 500 },
  slow: { requests: 500, latencyMs: 1_000 },
  script: { identifiers: 5_000_000 },
  memory: { fewRows: 1_000_000, manyRows: 10_000_000 },
  actions: { requests: 1_000, latencyMs: 150, metricsLagMs: 1_500 },
  // Two minutes hold a whole number of the usual periods, so the phase of none of them counts.
  waiting: { exports: 5, startEveryMs: 2_500, settleMs: 10_000, windowMs: 120_000 },
  kill: { requests: 1_000, latencyMs: 150, signal: 'SIGKILL' },
  // An hour's limit is shared out over its minutes. The latency keeps the log of requests readable.
  rate: {
    requestsPerHour: 24_000,
    windowMs: 60_000,
    windows: 2,
    requests: 850,
    latencyMs: 20,
  },
  many: { exports: 50 },
  staging: { fewRows: 2_000_000, manyRows: 10_000_000 },
  result: { fewRows: 2_000_000, manyRows: 5_000_000 },
  s3: { rows: 2_000_000 },
};

/** Every figure in seconds, to see that the benchmark itself works. Its numbers mean nothing. */
export const SMOKE: Sizes = {
  small: { warmUps: 0, pauseMs: 0 },
  lanes: { requests: 20, latencyMs: 20 },
  mixed: { requests: 20, fromMs: 5, toMs: 30 },
  slow: { requests: 20, latencyMs: 50 },
  script: { identifiers: 20_000 },
  memory: { fewRows: 10_000, manyRows: 20_000 },
  actions: { requests: 20, latencyMs: 20, metricsLagMs: 0 },
  waiting: { exports: 1, startEveryMs: 0, settleMs: 0, windowMs: 500 },
  // Temporal takes 15 s to notice a worker that was killed; one that stops hands its work over.
  kill: { requests: 40, latencyMs: 50, signal: 'SIGTERM' },
  rate: { requestsPerHour: 3_600_000, windowMs: 1_000, windows: 1, requests: 20, latencyMs: 20 },
  many: { exports: 2 },
  staging: { fewRows: 10_000, manyRows: 20_000 },
  result: { fewRows: 10_000, manyRows: 20_000 },
  s3: { rows: 10_000 },
};
