import { DefaultLogger, type Logger } from '@temporalio/worker';

/** One line of JSON for each entry, on stderr. Entries hold no row, identifier or credential. */
export function createLogger(): Logger {
  return new DefaultLogger('INFO', ({ level, message, timestampNanos, meta }) => {
    const time = new Date(Number(timestampNanos / 1_000_000n)).toISOString();
    const entry = { time, level, message, ...meta };
    process.stderr.write(`${JSON.stringify(entry, printable)}\n`);
  });
}

function printable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  return value instanceof Error ? { name: value.name, message: value.message } : value;
}
