import type { RestartableTemporal } from '../workflows/restartable-temporal.ts';
import type { WorkerFolder, WorkerProcess } from '../workflows/worker-process.ts';
import type { Outage } from './plan.ts';

/** The workers and the Temporal of a soak, which go down and come back. */
export class Outages {
  readonly counts: Record<string, number> = {};
  readonly #temporal: RestartableTemporal;
  readonly #folder: WorkerFolder;
  /** The one that has run for longest first. */
  readonly #workers: WorkerProcess[] = [];

  constructor(temporal: RestartableTemporal, folder: WorkerFolder) {
    this.#temporal = temporal;
    this.#folder = folder;
  }

  async startWorkers(count: number): Promise<void> {
    for (let i = 0; i < count; i += 1) {
      this.#workers.push(await this.#folder.startWorker(this.#temporal.environment));
    }
  }

  async happen(outage: Outage): Promise<void> {
    this.counts[outage] = (this.counts[outage] ?? 0) + 1;
    if (outage === 'restart of Temporal') return await this.#temporal.restart();
    const worker = this.#workers.shift();
    const ended = worker?.end(outage === 'SIGTERM' ? 'SIGTERM' : 'SIGKILL');
    await this.startWorkers(1);
    const how = await ended;
    if (outage === 'SIGTERM' && how !== 0) {
      throw new Error(`a worker that was told to stop ended with ${how}:\n${worker?.output()}`);
    }
  }
}
