import { beforeEach, describe, expect, it } from 'vitest';
import { chunkAt } from '../../src/domain/chunk-plan.ts';
import {
  NOTHING_SENT_OF_CHUNK,
  type Reject,
  type SendProgress,
  type SentOfChunk,
  type StagedRows,
  type StagingWriter,
  StoreNotSeen,
} from '../../src/domain/staging-port.ts';
import { stageRows } from '../../src/staging/stage-rows.ts';
import type { Store } from '../../src/staging/store.ts';
import { sweepStaging } from '../../src/staging/sweep.ts';
import { failureOf, namespace, options, place, stageIn, users } from './create-staging.ts';
import { rowsOf } from './in-memory-source.ts';

/** A store of its own, with what a test needs to look at it and to damage it. */
export interface StoreCase {
  readonly store: Store;
  /** Another worker's view of the same store. */
  readonly again: () => Store;
  /** All files, relative to the store. */
  readonly names: () => Promise<readonly string[]>;
  readonly readFile: (name: string) => Promise<string>;
  readonly writeFile: (name: string, text: string) => Promise<void>;
  readonly removeFile: (name: string) => Promise<void>;
  /** Where the manifest of an attempt is. */
  readonly manifestOf: (staged: StagedRows) => string;
}

const second = { ...place, attempt: 2 };
const refused = (row: number): Reject => {
  return { row, column: 'user_ids', reason: 'was refused', value: '…' };
};

/** What every store does. `create` resolves to one that was prepared and is empty. */
export function stagingSuite(create: () => Promise<StoreCase>): void {
  let at: StoreCase;
  beforeEach(async () => {
    at = await create();
  });

  const namesIn = async (folder: string) =>
    (await at.names()).filter((name) => name.startsWith(`${folder}/`)).sort();

  async function payloads(staged: StagedRows, store = at.store): Promise<string[]> {
    const found: string[] = [];
    const chunk = { firstRequest: 0, requests: 0 };
    for (
      let index = 0;
      index < staged.chunks.reduce((sum, run) => sum + run.chunks, 0);
      index += 1
    ) {
      Object.assign(chunk, chunkAt(staged.chunks, index));
      for await (const { payload } of store.read(staged, chunk)) found.push(`${payload}`);
    }
    return found;
  }

  async function expectWhole(staged: StagedRows, count: number, prefix = 'user-'): Promise<void> {
    const found = (await payloads(staged)).join('').match(/[a-z]+-\d+/g) ?? [];
    expect(found).toEqual([...users(count, prefix)].flat());
  }

  describe('rows that are staged', () => {
    it('are read as they were staged, by any worker, and gone when they are removed', async () => {
      const staged = await stageIn(at.store, ['user_ids'], [...users(60_000), ['']]);
      expect(staged).toMatchObject({ rows: { read: 60_001, accepted: 60_000, rejected: 1 } });
      const other = at.again();
      const found = (await payloads(staged, other)).join('').match(/user-\d+/g);
      expect(found).toEqual([...users(60_000)].flat());
      expect(await namesIn('runs')).toContain(`${staged.location}/requests-000002`);
      await other.remove(place.exportRunId);
      expect(await namesIn('runs')).toEqual([]);
      expect(await namesIn('rejects')).toHaveLength(1);
    });

    it('are those that an earlier attempt of the same run committed, and of no other run', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(10));
      expect(await at.again().committed(second)).toEqual(staged);
      expect(await at.store.committed({ ...place, runId: 'run-2' })).toBeNull();
      await at.store.remove(place.exportRunId);
      expect(await at.store.committed(place)).toBeNull();
    });

    it.each(['{"rows":', '', '{}'])('are staged again where the manifest is %j', async (text) => {
      const first = await stageIn(at.store, ['user_ids'], users(10));
      await at.writeFile(at.manifestOf(first), text);
      expect(await at.store.committed(second)).toBeNull();
      const writer = await at.store.write(second);
      const staged = await stageRows(rowsOf(['user_ids'], users(20)), writer, options);
      expect(await at.store.committed(second)).toEqual(staged);
      await expectWhole(staged, 20);
    });

    it.each([
      ['a source that fails', ['user_ids'], 'the source failed'],
      ['columns that are not those of an export', ['name'], 'user_ids'],
    ])('leave nothing of %s', async (_, columns, words) => {
      const source = rowsOf(columns, users(40_000));
      let reads = 0;
      const read = async () => {
        reads += 1;
        if (reads > 4) throw new Error('the source failed');
        return await source.read();
      };
      const staging = stageRows({ ...source, read }, await at.store.write(place), options);
      await expect(staging).rejects.toThrow(words);
      expect(await namesIn('runs')).toEqual(['runs/export-1/export.json']);
      expect(await namesIn('rejects')).toEqual([]);
    });

    it('keep the reasons where every row is invalid', async () => {
      const failure = await failureOf(stageIn(at.store, ['user_ids'], [[''], ['']]));
      expect(failure.message).toContain(
        `reason for each row: ${at.store.rejectsOf(
          { location: 'runs/export-1/run-1.1', store: '', checksum: '' },
          namespace,
        )}`,
      );
      const [name = '', ...others] = await namesIn('rejects');
      expect(others).toEqual([]);
      expect((await at.readFile(name)).match(/\n/g)).toHaveLength(2);
    });
  });

  describe('two attempts of a run', () => {
    /** The second one begins when the first has read so often. */
    async function overlap(rows: readonly string[][], beginsAt: number) {
      const source = rowsOf(['user_ids'], rows);
      let next: StagingWriter | undefined;
      let reads = 0;
      const read = async () => {
        reads += 1;
        if (reads === beginsAt) next = await at.again().write(second);
        return await source.read();
      };
      const first = await at.store.write(place);
      const staging = stageRows({ ...source, read }, first, options);
      const [one] = await Promise.allSettled([staging]);
      return { one, next: next as StagingWriter };
    }

    it.each([
      ['before it wrote anything', [...users(10)], 1],
      ['in the middle of a file', [...users(30_000)], 4],
      ['when only its rejects and its manifest are missing', [...users(2_000), ['']], 2],
    ])('have one result, which is whole, where the second begins %s', async (...each) => {
      const [, rows, beginsAt] = each;
      const { one, next } = await overlap(rows, beginsAt);
      const two = await stageRows(rowsOf(['user_ids'], rows), next, options);
      // Either the first has failed, or both have the result of the first.
      if (one.status === 'fulfilled') expect(two).toEqual(one.value);
      expect(await at.store.committed(second)).toEqual(two);
      const accepted = rows.filter(([id]) => id !== '').length;
      await expectWhole(two, accepted);
      const staged = (await namesIn('runs')).filter((name) => name.includes('/requests-'));
      expect(staged.filter((name) => !name.startsWith(`${two.location}/`))).toEqual([]);
      expect(await namesIn('rejects')).toHaveLength(rows.length - accepted);
    });
  });

  describe('staged rows that changed', () => {
    const readFirst = async (staged: StagedRows) => {
      for await (const _ of at.store.read(staged, chunkAt(staged.chunks, 0)));
    };

    it.each([
      ['cut off', (text: string) => text.slice(0, -2)],
      ['altered', (text: string) => text.replace('user-2999', 'user-299X')],
      ['longer', (text: string) => `${text}\n`],
      ['gone', () => null],
    ])('are an error before any of them is sent: %s', async (_, damage) => {
      const staged = await stageIn(at.store, ['user_ids'], users(3_000));
      const name = `${staged.location}/requests-000000`;
      const text = damage(await at.readFile(name));
      await (text === null ? at.removeFile(name) : at.writeFile(name, text));
      const failure = await failureOf(readFirst(staged));
      expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
      expect(failure.message).toContain('requests-000000 of the staged rows is missing, or is not');
    });

    it('are an error where the manifest is damaged, another one or gone', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(10));
      const notCommitted = 'is not the one that was committed';
      expect((await failureOf(readFirst({ ...staged, checksum: 'x' }))).message).toContain(
        notCommitted,
      );
      await at.writeFile(at.manifestOf(staged), '{"rows":');
      const damaged = await failureOf(readFirst(staged));
      expect(damaged).toMatchObject({ type: 'StagingFailed', retry: 'never' });
      expect(damaged.message).toContain(notCommitted);
      await at.removeFile(at.manifestOf(staged));
      const gone = await failureOf(readFirst(staged));
      expect(gone.message).toContain('are gone');
      expect(gone.message).toContain('Start a new export');
    });
  });

  describe('the store', () => {
    it('has one id, however many workers start at once', async () => {
      await at.removeFile('store/id');
      const stores = await Promise.all(Array.from({ length: 8 }, () => at.again().prepare(0)));
      expect(new Set(stores.map(({ id }) => id)).size).toBe(1);
      expect(stores.filter(({ isNew }) => isNew)).toHaveLength(1);
      expect(await at.store.prepare(0)).toMatchObject({ id: stores[0]?.id, isNew: false });
      expect(await namesIn('store')).toEqual(['store/id']);
    });

    it('with an id that is damaged is not given another one in silence', async () => {
      await at.writeFile('store/id', 'cut o');
      const failure = await failureOf(at.store.prepare(0));
      expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
      expect(failure.message).toContain('is damaged. Restore it');
    });

    it('is left to another worker by one that sees another store, or none', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(3));
      await expect(at.store.requireStore(staged.store)).resolves.toBeUndefined();
      const other = await create();
      const another = await failureOf(other.store.requireStore(staged.store));
      expect(another).toBeInstanceOf(StoreNotSeen);
      expect(another.message).toContain(`is another one. Let all workers`);
      await expect(payloads(staged, other.store)).rejects.toBeInstanceOf(StoreNotSeen);
      await at.removeFile('store/id');
      const none = await failureOf(at.store.requireStore(staged.store));
      expect(none).toBeInstanceOf(StoreNotSeen);
      expect(none.message).toContain('has no store/id');
      expect(await failureOf(at.store.write(second))).toBeInstanceOf(StoreNotSeen);
    });

    it('does not take what was committed in another one for its own', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(3));
      const other = await create();
      for (const name of await namesIn('runs')) {
        await other.writeFile(name, await at.readFile(name));
      }
      expect(await other.store.committed(place)).toBeNull();
      expect(await at.store.committed(place)).toEqual(staged);
    });
  });

  describe('rejects that are added while an export sends', () => {
    const rowsIn = (text: string) =>
      text.split('\n').flatMap((line) => (line === '' ? [] : [(JSON.parse(line) as Reject).row]));

    it('follow those of staging, in the same file and format', async () => {
      const staged = await stageIn(at.store, ['user_ids'], [['a'], ['']]);
      expect(at.store.rejectsOf(staged, namespace)).toBe(staged.rejects);
      await at.store.addReject(staged, namespace, refused(1));
      const [name = '', ...others] = await namesIn('rejects');
      expect(others).toEqual([]);
      expect(staged.rejects?.endsWith(name)).toBe(true);
      expect(rowsIn(await at.readFile(name))).toEqual([2, 1]);
    });

    it('stay whole where many are added at once, each once', async () => {
      const staged = await stageIn(at.store, ['user_ids'], [['a']]);
      expect(staged.rejects).toBeNull();
      const others = [at.store, at.again()];
      const rows = Array.from({ length: 12 }, (_, index) => index + 1);
      const add = (row: number) => others[row % 2]?.addReject(staged, namespace, refused(row));
      await Promise.all(rows.map(add));
      await Promise.all(rows.map(add));
      const [name = ''] = await namesIn('rejects');
      expect(rowsIn(await at.readFile(name)).toSorted((a, b) => a - b)).toEqual(rows);
    });
  });

  describe('the progress of sending a chunk', () => {
    const chunk = { firstRequest: 100, requests: 40 };
    const sent = (done: number): SentOfChunk => {
      return { done, accepted: done + 3, identifiers: done * 1_000 - 7, refused: done };
    };

    async function open(staged: StagedRows, part = chunk): Promise<SendProgress> {
      const progress = await at.store.openSendProgress(staged, part);
      return progress ?? Promise.reject(new Error('the store has none'));
    }

    async function read(staged: StagedRows, part = chunk): Promise<SentOfChunk> {
      await using progress = await open(staged, part);
      return await progress.read();
    }

    it('is what was recorded last, for these rows and this chunk alone', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(3));
      expect(await read(staged)).toEqual(NOTHING_SENT_OF_CHUNK);
      {
        await using progress = await open(staged);
        await Promise.all([1, 2, 3, 4].map((done) => progress.record(sent(done))));
      }
      expect(await read(staged)).toEqual(sent(4));
      expect(await read(staged, { ...chunk, firstRequest: 140 })).toEqual(NOTHING_SENT_OF_CHUNK);
      expect(await read({ ...staged, checksum: 'x' })).toEqual(NOTHING_SENT_OF_CHUNK);
    });

    it('is whole before it is closed, and goes with the staged rows', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(3));
      const progress = await open(staged);
      const recorded = [1, 2, 3].map((done) => progress.record(sent(done)));
      await progress[Symbol.asyncDispose]();
      await Promise.all(recorded);
      expect(await read(staged)).toEqual(sent(3));
      await at.store.remove(place.exportRunId);
      expect(await namesIn('runs')).toEqual([]);
    });

    it('is not lowered by an older attempt that still runs', async () => {
      const staged = await stageIn(at.store, ['user_ids'], users(3));
      await using older = await open(staged);
      await older.record(sent(2));
      {
        await using newer = await open(staged);
        expect(await newer.read()).toEqual(sent(2));
        await newer.record(sent(9));
      }
      await older.record(sent(5));
      expect(await read(staged)).toEqual(sent(9));
      await older.record(sent(10));
      expect(await read(staged)).toEqual(sent(10));
    });
  });

  describe('a sweep', () => {
    const sweep = (open: readonly string[], keepRejectsMs = 60_000) =>
      sweepStaging({
        store: at.store.swept,
        namespace,
        keepRejectsMs,
        isOpen: async ({ exportRunId }) => open.includes(exportRunId),
      });
    const owner = (namespaceId: string) =>
      JSON.stringify({ workflowId: 'w', namespace: 'n', namespaceId });

    it('removes exports that are over, and leaves open ones and those of others alone', async () => {
      const staged = await stageIn(at.store, ['user_ids'], [['a'], ['']]);
      await at.writeFile('runs/over/export.json', owner(namespace.namespaceId));
      await at.writeFile('runs/over/run-9.1/requests-000000', 'rows');
      await at.writeFile('runs/theirs/export.json', owner('id-of-theirs'));
      await at.writeFile('rejects/id-of-theirs/run-7.1.jsonl', 'rows');
      const swept = await sweep([place.exportRunId]);
      expect(swept).toMatchObject({ runs: 1, rejects: 0, failed: [] });
      expect(swept.foreign.map(({ path }) => path).sort()).toEqual([
        'rejects/id-of-theirs',
        'runs/theirs',
      ]);
      const left = await at.names();
      expect(left.filter((name) => name.startsWith('runs/over'))).toEqual([]);
      expect(left).toContain('runs/theirs/export.json');
      expect(await payloads(staged)).toHaveLength(1);
      expect(await namesIn(`rejects/${namespace.namespaceId}`)).toHaveLength(1);
      // As if they were older than they may be.
      expect(await sweep([], -1)).toMatchObject({ runs: 1, rejects: 1, failed: [] });
      expect(await namesIn(`rejects/${namespace.namespaceId}`)).toEqual([]);
      expect(await namesIn('runs')).toEqual(['runs/theirs/export.json']);
      expect(await namesIn('rejects')).toEqual(['rejects/id-of-theirs/run-7.1.jsonl']);
    });

    it('leaves what has no owner yet alone for a day', async () => {
      await at.writeFile('runs/new/run-1.1/requests-000000', 'rows');
      expect(await sweep([])).toMatchObject({ runs: 0, failed: [] });
      expect(await namesIn('runs')).toEqual(['runs/new/run-1.1/requests-000000']);
    });
  });
}
