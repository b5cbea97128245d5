import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import type { SandboxAccess } from '../../sandbox/server.ts';
import { startTemporalServer, type TemporalServer } from '../temporal-cli/dev-server.ts';
import { loopback } from '../temporal-cli/ports.ts';
import { type ServerProcess, startServer } from '../temporal-cli/server-process.ts';
import { DemoError } from './demo-error.ts';
import { ServiceLog } from './service-log.ts';
import { until } from './until.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_WITHIN_MS = 60_000;
const POLL_MS = 100;
const STOP_WITHIN_MS = 20_000;

type Environment = Record<string, string | undefined>;

export interface WorkerSettings {
  readonly sandbox: SandboxAccess;
  /** What its DuckDB connection can read. */
  readonly dataDirectory: string;
  readonly environment: Environment;
}

export interface ServicesOptions {
  /** Where configuration and logs go. */
  readonly folder: string;
  /** Ends every wait. */
  readonly stop: AbortSignal;
  /** Hears of a process that ended although nobody stopped it. */
  readonly fail: (error: Error) => void;
}

/** The processes of the demo. They are stopped in the reverse order of their start. */
export class Services {
  readonly temporalLog: ServiceLog;
  readonly workerLog: ServiceLog;
  readonly #sandboxLog: ServiceLog;
  readonly #options: ServicesOptions;
  readonly #stack = new AsyncDisposableStack();
  #stopping = false;

  constructor(options: ServicesOptions) {
    this.#options = options;
    const log = (name: string) => new ServiceLog(join(options.folder, `${name}.log`));
    this.temporalLog = log('temporal');
    this.#sandboxLog = log('sandbox');
    this.workerLog = log('worker');
  }

  async startTemporal(say: (line: string) => void): Promise<TemporalServer> {
    const starting = startTemporalServer({
      log: say,
      output: (line) => this.temporalLog.write(line),
    });
    this.#stack.defer(async () => {
      const server = await starting.catch(() => null);
      await server?.stop();
    });
    // Its errors are texts to read, with the server's last lines where it has said any.
    const started = starting.catch((error: Error) => {
      throw new DemoError(error.message);
    });
    const server = await until(this.#options.stop, started);
    this.#failWhenEnded('Temporal', server.ended, this.temporalLog);
    return server;
  }

  async startSandbox(dataDirectory: string, latencyMs: number): Promise<SandboxAccess> {
    const script = join(ROOT, 'scripts/sandbox.ts');
    const command = [script, '--data', dataDirectory, '--latency', `${latencyMs}`];
    const ready = Promise.withResolvers<SandboxAccess>();
    // The first line tells the keys, which belong in no log.
    const server = this.#start('sandbox', command, process.env, this.#sandboxLog, (line) => {
      if (!line.startsWith('{"url"')) return false;
      ready.resolve(JSON.parse(line));
      return true;
    });
    const ended = server.ended.then((how) => this.#endedEarly('sandbox', how, this.#sandboxLog));
    return await until(this.#options.stop, Promise.race([ready.promise, ended]));
  }

  /** Resolves to the worker's health address once it polls. */
  async startWorker(settings: WorkerSettings): Promise<string> {
    const { braze, treasureData } = settings.sandbox;
    const health = `${loopback}:${await freePort()}`;
    const config = join(this.#options.folder, 'cohort-export.yaml');
    await writeFile(config, workerConfig(settings, health));
    this.#options.stop.throwIfAborted();
    const environment = {
      ...settings.environment,
      COHORT_EXPORT_CONFIG: config,
      BRAZE_PARTNER_API_KEY: braze.partnerApiKey,
      BRAZE_DATA_IMPORT_KEY: braze.dataImportKey,
      TD_API_KEY: treasureData.apiKey,
    };
    const script = join(ROOT, 'src/worker.ts');
    const worker = this.#start('worker', [script], environment, this.workerLog);
    await this.#untilReady(`http://${health}/readyz`, worker);
    return health;
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    // What does not stop in time ends with this process.
    await Promise.race([this.#stack.disposeAsync(), delay(STOP_WITHIN_MS)]);
  }

  /** `consume` takes the lines that are not for the log. */
  #start(
    name: string,
    command: readonly string[],
    environment: Environment,
    log: ServiceLog,
    consume: (line: string) => boolean = () => false,
  ): ServerProcess {
    const server = startServer([process.execPath, ...command], environment, (line) => {
      if (!consume(line)) log.write(line);
    });
    this.#stack.defer(() => server.stop());
    this.#failWhenEnded(`The ${name}`, server.ended, log);
    return server;
  }

  #failWhenEnded(what: string, ended: Promise<string>, log: ServiceLog): void {
    void ended.then((how) => {
      if (this.#stopping) return;
      this.#options.fail(new DemoError(`${what} exited (${how}).`, log));
    });
  }

  #endedEarly(name: string, how: string, log: ServiceLog): never {
    throw new DemoError(`The ${name} could not start (${how}).`, log);
  }

  async #untilReady(url: string, worker: ServerProcess): Promise<void> {
    const { stop } = this.#options;
    const giveUpAt = Date.now() + READY_WITHIN_MS;
    while (!(await answersOk(url, stop))) {
      stop.throwIfAborted();
      if (worker.hasEnded()) this.#endedEarly('worker', await worker.ended, this.workerLog);
      if (Date.now() > giveUpAt) {
        const seconds = READY_WITHIN_MS / 1_000;
        throw new DemoError(`The worker was not ready within ${seconds} s.`, this.workerLog);
      }
      await delay(POLL_MS);
    }
  }
}

async function answersOk(url: string, stop: AbortSignal): Promise<boolean> {
  const answer = await fetch(url, { signal: stop }).catch(() => null);
  await answer?.body?.cancel();
  return answer?.ok ?? false;
}

/** One that others hardly take until the worker does, a few seconds later. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, loopback);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

function workerConfig({ sandbox, dataDirectory }: WorkerSettings, health: string): string {
  const config = {
    braze: {
      main: {
        restEndpoint: sandbox.url,
        partnerName: sandbox.braze.partnerName,
        partnerApiKey: '$' + '{BRAZE_PARTNER_API_KEY}',
        dataImportKey: '$' + '{BRAZE_DATA_IMPORT_KEY}',
      },
    },
    treasureData: { main: { endpoint: sandbox.url, apiKey: '$' + '{TD_API_KEY}' } },
    duckdb: { local: { directory: dataDirectory } },
    staging: { directory: './staging' },
    worker: { healthAddress: health },
  };
  return `# Written by \`npm run demo\`. The keys are in the environment, as for any worker.\n${stringify(config)}`;
}
