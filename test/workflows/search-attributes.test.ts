import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { msToTs } from '@temporalio/common/lib/time.js';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { findTemporalCli } from '../../scripts/temporal-cli/find.ts';
import { SEARCH_ATTRIBUTE_NAMES } from '../../src/domain/search-attributes.ts';
import { prepareSearchAttributes } from '../../src/temporal/search-attributes.ts';
import { type DenyingProxy, startDenyingProxy } from './denying-proxy.ts';
import { eventually } from './eventually.ts';
import { startExports } from './export-environment.ts';
import { factsOf } from './history-facts.ts';

const PERMISSION_DENIED = 7;
const UNIMPLEMENTED = 12;
const INT = 3;
const ALL = [...SEARCH_ATTRIBUTE_NAMES];

const address = process.env.TEMPORAL_ADDRESS ?? '';
let temporal: NativeConnection;
let cli: string;

beforeAll(async () => {
  temporal = await NativeConnection.connect({ address });
  cli = (await findTemporalCli()).path;
});
afterAll(() => temporal.close());

/** One without search attributes of its own. */
async function newNamespace(): Promise<string> {
  const namespace = `attributes-${randomUUID()}`;
  await temporal.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  });
  await eventually(() => temporal.operatorService.listSearchAttributes({ namespace }));
  return namespace;
}

async function prepare(namespace: string, connection = temporal) {
  const log = { info: vi.fn(), warn: vi.fn() };
  const known = await prepareSearchAttributes(connection, { namespace }, log);
  return { known, log, warning: String(log.warn.mock.calls[0]?.[0] ?? '') };
}

describe('a worker', () => {
  it('registers the search attributes that are missing, once', async () => {
    const namespace = await newNamespace();
    const first = await prepare(namespace);
    expect(first.known).toEqual(ALL);
    expect(first.log.info).toHaveBeenCalledWith('registered search attributes', {
      namespace,
      names: ALL,
    });
    const second = await prepare(namespace);
    expect(second.known).toEqual(ALL);
    expect(second.log.info).not.toHaveBeenCalled();
  });

  it('may start at the same time as another one', async () => {
    const namespace = await newNamespace();
    const both = await Promise.all([prepare(namespace), prepare(namespace)]);
    for (const { known, log } of both) {
      expect(known).toEqual(ALL);
      expect(log.warn).not.toHaveBeenCalled();
    }
  });

  it('that may not register them says which command does', async () => {
    const namespace = await newNamespace();
    await using denying = await throughProxy(PERMISSION_DENIED, 'AddSearchAttributes');
    const { known, warning } = await prepare(namespace, denying.connection);
    expect(known).toEqual([]);
    expect(warning).toContain('could not be registered (denied)');
    const [, command = ''] = warning.split(/ (?=temporal operator )/);
    execFileSync(cli, [...command.split(' ').slice(1), '--address', address]);
    expect((await prepare(namespace)).known).toEqual(ALL);
  });

  it.each([PERMISSION_DENIED, UNIMPLEMENTED])(
    'that may not even ask (status %i) sets none, and says what to allow',
    async (status) => {
      await using denying = await throughProxy(status, 'ListSearchAttributes');
      const { known, warning } = await prepare('default', denying.connection);
      expect(known).toEqual([]);
      expect(warning).toContain('Allow the identity of the worker to call ListSearchAttributes');
    },
  );

  it('leaves out one that has another type', async () => {
    const namespace = await newNamespace();
    const searchAttributes = { CohortId: INT };
    await temporal.operatorService.addSearchAttributes({ namespace, searchAttributes });
    const { known, warning } = await prepare(namespace);
    expect(known).toEqual(ALL.filter((name) => name !== 'CohortId'));
    expect(warning).toContain('CohortId (Keyword)');
  });
});

it('an export runs without search attributes where its worker knows of none', async () => {
  await using denying = await throughProxy(PERMISSION_DENIED, 'ListSearchAttributes');
  vi.stubEnv('TEMPORAL_ADDRESS', denying.proxy.address);
  await using exports = await startExports().finally(() => vi.unstubAllEnvs());
  const source = { type: 'duckdb', query: "SELECT 'ada' AS user_ids" };
  const handle = await exports.start({ source, cohortId: 'vip', operation: 'APPEND' });
  await handle.result();
  const facts = factsOf(await handle.fetchHistory());
  expect(facts).not.toContain('sets search attributes');
  const { memo, searchAttributes } = await handle.describe();
  expect(memo).toMatchObject({ summary: 'APPEND vip' });
  expect(Object.keys(searchAttributes).filter((name) => name.startsWith('Cohort'))).toEqual([]);
});

async function throughProxy(
  status: number,
  denied: string,
): Promise<AsyncDisposable & { proxy: DenyingProxy; connection: NativeConnection }> {
  const proxy = await startDenyingProxy(address, status);
  proxy.deny((call) => call === denied);
  const connection = await NativeConnection.connect({ address: proxy.address });
  return {
    proxy,
    connection,
    [Symbol.asyncDispose]: async () => {
      await connection.close();
      await proxy[Symbol.asyncDispose]();
    },
  };
}
