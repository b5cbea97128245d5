import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, type Gunzip } from 'node:zlib';
import { z } from 'zod';
import { errorCode } from '../../domain/error-code.ts';
import { ExportError } from '../../domain/failures.ts';
import type { RowBatch } from '../../domain/rows.ts';
import type { Column, QueryJob, RowSource } from '../../domain/source-port.ts';
import { parseJson } from '../../http/parse-json.ts';
import { TreasureDataApi } from './api.ts';
import { type ColumnType, columnType } from './column-types.ts';
import type { TreasureDataConnection } from './connection.ts';
import { noResultSet, resultExpired, typedIn } from './job-failed.ts';
import { RowDecoder } from './msgpack-rows.ts';
import { DamagedRows } from './msgpack-values.ts';
import { type JobDetails, jobDetails } from './response-schemas.ts';
import { downloadResult, ResultChanged, ResultGone } from './result-download.ts';
import { Retries } from './retries.ts';

/** Some hundred rows each: what fits into a processor's cache is decoded fastest. */
const CHUNK_BYTES = 64 * 1024;

const schemaPairs = z.array(z.tuple([z.string(), z.string()]).rest(z.unknown())).min(1);

/** Opens the result of a job that has succeeded. @throws ExportError */
export async function openTreasureDataResult(
  connection: TreasureDataConnection,
  { jobId }: QueryJob,
): Promise<RowSource> {
  const api = new TreasureDataApi(connection);
  try {
    const job = await showJob(api, jobId);
    const schema = schemaPairs.safeParse(parseJson(job.hive_result_schema ?? ''));
    if (!schema.success) throw noResultSet(jobId);
    const columns = schema.data.map(([name, type]) => columnType(name, type, job.type ?? ''));
    return new ResultRows(api, jobId, job, columns);
  } catch (error) {
    await api[Symbol.asyncDispose]();
    throw error;
  }
}

async function showJob(api: TreasureDataApi, jobId: string): Promise<JobDetails> {
  const path = `/v3/job/show/${encodeURIComponent(jobId)}`;
  for (const retries = new Retries(); ; ) {
    try {
      return await api.call({ method: 'GET', path }, jobDetails);
    } catch (error) {
      if (!(error instanceof ExportError)) throw error;
      await retries.afterFailure(error);
    }
  }
}

class ResultRows implements RowSource {
  readonly columns: readonly Column[];
  readonly #api: TreasureDataApi;
  readonly #jobId: string;
  readonly #job: JobDetails;
  readonly #decoder: RowDecoder;
  readonly #gunzip: Gunzip;
  readonly #chunks: AsyncIterator<Buffer>;
  #rows = 0;

  constructor(
    api: TreasureDataApi,
    jobId: string,
    job: JobDetails,
    columns: readonly ColumnType[],
  ) {
    this.#api = api;
    this.#jobId = jobId;
    this.#job = job;
    this.columns = columns;
    this.#decoder = new RowDecoder(columns);
    const path = `/v3/job/result/${encodeURIComponent(jobId)}?format=msgpack.gz`;
    this.#gunzip = createGunzip({ chunkSize: CHUNK_BYTES });
    // Its error comes out of the iterator too, which is where it is handled.
    pipeline(Readable.from(downloadResult(api, path)), this.#gunzip).catch(() => undefined);
    this.#chunks = this.#gunzip[Symbol.asyncIterator]();
  }

  get query(): string {
    return typedIn(this.#job);
  }

  async read(): Promise<RowBatch | null> {
    try {
      for (;;) {
        const { value, done } = await this.#chunks.next();
        if (done === true) break;
        const batch = this.#decoder.push(value);
        this.#rows += batch.rowCount;
        if (batch.rowCount > 0) return batch;
      }
      const rest = this.#decoder.end();
      this.#rows += rest.rowCount;
      if (rest.rowCount > 0) return rest;
    } catch (error) {
      if (!this.#isEmpty(error)) throw this.#explain(error);
    }
    const { num_records: expected } = this.#job;
    if (expected != null && expected !== this.#rows) {
      throw this.#damaged(`it has ${this.#rows} rows, but Treasure Data counted ${expected}`);
    }
    return null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#gunzip.destroy();
    await this.#api[Symbol.asyncDispose]();
  }

  /** A result without rows may have no bytes, which is less than an empty gzip file has. */
  #isEmpty(error: unknown): boolean {
    const hasNone = this.#job.num_records === 0 && this.#gunzip.bytesWritten === 0;
    return hasNone && errorCode(error) === 'Z_BUF_ERROR';
  }

  #explain(error: unknown): unknown {
    if (error instanceof ResultGone) return resultExpired(this.#jobId, this.#job);
    if (error instanceof DamagedRows || error instanceof ResultChanged) {
      return this.#damaged(error.message);
    }
    const code = errorCode(error);
    if (code === 'Z_BUF_ERROR') return this.#damaged('it is truncated');
    if (code.startsWith('Z_')) return this.#damaged(`it is not gzip (${code})`);
    return error;
  }

  #damaged(how: string): ExportError {
    return new ExportError(
      'SourceUnavailable',
      `The result of Treasure Data's job ${this.#jobId} is incomplete or corrupt: ${how}. Nothing was sent. If this continues, run the query again.`,
      'briefly',
    );
  }
}
