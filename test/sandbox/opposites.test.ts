import { expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { type Client, withSandbox } from './client.ts';

const WARNING = 'identifier is added and removed at the same time';

interface Entry {
  readonly identifiers: { readonly userIds: number };
  readonly remove: boolean;
  readonly warnings: readonly string[];
}

const alias = (alias_label: string, alias_name: string) => ({ alias_label, alias_name });

/** How many requests were warned of it. */
async function warned({ control }: Client): Promise<number> {
  const stats = await control<{ warnings: Record<string, number> }>('GET', '/stats');
  return stats.warnings[WARNING] ?? 0;
}

test.each([
  [{ user_ids: ['a', 'b'] }, { user_ids: ['c', 'b'] }],
  [{ device_ids: ['d'] }, { device_ids: ['d'] }],
  [{ aliases: [alias('email', 'x')] }, { aliases: [alias('email', 'x')] }],
])('an identifier that one request adds and removes causes a warning: %j, %j', (added, removed) =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    const change = { ...removed, should_remove: true };
    expect(await client.change('vip', added, change)).toMatchObject({ status: 201 });
    const [entry] = await client.control<Entry[]>('GET', '/requests');
    expect(entry?.warnings).toEqual([WARNING]);
    expect(await warned(client)).toBe(1);
  }),
);

test.each([
  [{ user_ids: ['a'] }, { user_ids: ['b'] }],
  [{ user_ids: ['a'] }, { device_ids: ['a'] }],
  [{ aliases: [alias('email', 'x')] }, { aliases: [alias('phone', 'x')] }],
  [{ aliases: [alias('a', 'b c')] }, { aliases: [alias('a b', 'c')] }],
])('others do not: %j, %j', (added, removed) =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await client.change('vip', added, { ...removed, should_remove: true });
    expect(await warned(client)).toBe(0);
  }),
);

/** Two requests, the second sent while the first is in flight. Gives what the log has of the two. */
async function together(client: Client, first: [string, object], second: [string, object]) {
  const { change, control, sandbox } = client;
  for (const cohortId of [first[0], second[0]]) await client.name(cohortId);
  await control('POST', '/faults', { kind: 'hang', on: 'users' });
  const leaving = new AbortController();
  const hanging = fetch(`${sandbox.url}/partners/${sandbox.braze.partnerName}/cohorts/users`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ cohort_id: first[0], cohort_changes: [first[1]] }),
    signal: leaving.signal,
  });
  const isInFlight = async (count: number) =>
    expect(await control('GET', '/stats')).toMatchObject({ inFlight: count });
  await eventually(() => isInFlight(1));
  await change(...second);
  leaving.abort();
  await expect(hanging).rejects.toThrow();
  await eventually(() => isInFlight(0));
  return (await control<Entry[]>('GET', '/requests')).slice(0, 2).reverse();
}

const ADD = { user_ids: ['a', 'b'] };
const REMOVE = { user_ids: ['b'], should_remove: true };

test.each([
  [ADD, REMOVE],
  [REMOVE, ADD],
])('in two concurrent requests for a cohort, each causes a warning: %j, %j', (first, second) =>
  withSandbox({}, async (client) => {
    expect(await together(client, ['vip', first], ['vip', second])).toMatchObject([
      { remove: second === REMOVE, warnings: [WARNING] },
      { remove: first === REMOVE, warnings: [WARNING] },
    ]);
    expect(await warned(client)).toBe(2);
  }),
);

test.each([
  ['of two cohorts', ['vip', ADD], ['other', REMOVE]],
  ['that both add', ['vip', ADD], ['vip', ADD]],
  ['of others', ['vip', ADD], ['vip', { user_ids: ['c'], should_remove: true }]],
] as [string, [string, object], [string, object]][])('requests %s do not', (_, first, second) =>
  withSandbox({}, async (client) => {
    await together(client, first, second);
    expect(await warned(client)).toBe(0);
  }),
);

test('neither do requests one after the other', () =>
  withSandbox({}, async (client) => {
    await client.name('vip');
    await client.change('vip', ADD);
    await client.change('vip', REMOVE);
    await client.change('vip', ADD);
    expect(await warned(client)).toBe(0);
    expect(await client.members('vip')).toMatchObject({ userIds: ['a', 'b'] });
  }));
