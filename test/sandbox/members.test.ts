import fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringSet } from '../../sandbox/braze/members.ts';
import { ids, withSandbox } from './client.ts';

const alias = (label: string, name: string) => ({ alias_label: label, alias_name: name });

test('cohorts are listed by id, with the members and the accepted changes of each', () =>
  withSandbox({}, async ({ name, change, control }) => {
    await name('b', 'Second');
    await name('a', 'First');
    await change('a', { user_ids: ['1', '2'], device_ids: ['1'] }, { aliases: [alias('x', '1')] });
    await change('a', { user_ids: ['2', '3'] });
    await change('a', { user_ids: [''] });
    await name('a', 'Renamed');
    expect(await control('GET', '/cohorts')).toEqual([
      { cohortId: 'a', name: 'Renamed', size: 5, requests: 2 },
      { cohortId: 'b', name: 'Second', size: 0, requests: 0 },
    ]);
    await control('DELETE', '/cohorts');
    expect(await control('GET', '/cohorts')).toEqual([]);
  }));

test('members are sorted by code units, aliases by label and then by name', () =>
  withSandbox({}, async ({ name, change, members }) => {
    await name('vip');
    await change('vip', {
      user_ids: ['b', 'a10', 'a9', 'Ä', 'Z', '😀', '\uffee'],
      device_ids: ['2', '10'],
      aliases: [alias('phone', '1'), alias('email', 'b'), alias('email', 'B')],
    });
    expect(await members('vip')).toEqual({
      userIds: ['Z', 'a10', 'a9', 'b', 'Ä', '😀', '\uffee'],
      deviceIds: ['10', '2'],
      aliases: [alias('email', 'B'), alias('email', 'b'), alias('phone', '1')],
    });
  }));

test('aliases are pairs: separators inside them do not make two of them equal', () =>
  withSandbox({}, async ({ name, change, members }) => {
    await name('vip');
    const pairs = [
      ...[alias('a:b', 'c'), alias('a', 'b:c'), alias('a|b', 'c'), alias('a', 'b|c')],
      ...[alias('a\u0000b', 'c'), alias('a', 'b\u0000c'), alias('["a","b"]', 'c')],
    ];
    await change('vip', { aliases: pairs });
    await change('vip', { aliases: [alias('a', 'b:c')], should_remove: true });
    const left = pairs.filter((pair) => pair.alias_name !== 'b:c');
    const { aliases } = (await members('vip')) as { aliases: object[] };
    expect(aliases).toHaveLength(left.length);
    expect(aliases).toEqual(expect.arrayContaining(left));
  }));

test('changes apply in their order, within a request and between requests', () =>
  withSandbox({}, async ({ name, change, members }) => {
    await name('vip');
    await change('vip', { user_ids: ['a', 'b'] }, { user_ids: ['a'], should_remove: true });
    expect(await members('vip')).toMatchObject({ userIds: ['b'] });
    await change('vip', { user_ids: ['b'], should_remove: true }, { user_ids: ['a', 'b'] });
    await change('vip', { user_ids: ['a', 'unheard-of'], should_remove: true });
    expect(await members('vip')).toMatchObject({ userIds: ['b'] });
  }));

test('with a user base, only its users become members', () =>
  withSandbox({}, async ({ name, change, members, control }) => {
    await name('vip');
    await change('vip', { user_ids: ['before'] });
    await control('PUT', '/users', { userIds: ['a'], aliases: [alias('email', 'x')] });
    const everyone = {
      user_ids: ['a', 'b'],
      device_ids: ['a'],
      aliases: [alias('email', 'x'), alias('email', 'y'), alias('phone', 'x')],
    };
    expect(await change('vip', everyone)).toMatchObject({ status: 201 });
    expect(await members('vip')).toEqual({
      userIds: ['a', 'before'],
      deviceIds: [],
      aliases: [alias('email', 'x')],
    });
    await change('vip', { user_ids: ['lost'] });
    await control('DELETE', '/users');
    await change('vip', { user_ids: ['b'] });
    expect(await members('vip')).toMatchObject({ userIds: ['a', 'b', 'before'] });
  }));

test('a user base of a wrong shape is rejected, and the response says why', () =>
  withSandbox({}, async ({ send }) => {
    const answer = await send('PUT', '/sandbox/users', '{"userIds":["a",1],"people":[]}');
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('userIds[1]');
    expect(JSON.stringify(answer.body)).toContain('people');
  }));

test('an id can be any text, also in the path of the control routes', () =>
  withSandbox({}, async ({ name, change, members, send }) => {
    for (const id of ['a/b', 'a%2Fb', '50% off?', '#x y', '日本', '__proto__', 'a+b', '%', '//']) {
      await name(id);
      await change(id, { user_ids: [`member of ${id}`] });
      expect(await members(id)).toMatchObject({ userIds: [`member of ${id}`] });
    }
    const answer = await send('GET', '/sandbox/cohorts/unknown/members');
    expect(answer).toMatchObject({ status: 404, body: { message: expect.any(String) } });
  }));

test('any ids and any members come back as they were sent', () =>
  withSandbox({}, async ({ name, change, members }) => {
    const text = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    // Dot segments of a path are removed by every client, encoded or not.
    const cohortId = text.filter((id) => id !== '.' && id !== '..');
    const identifiers = fc.uniqueArray(text, { minLength: 1, maxLength: 20 });
    await fc.assert(
      fc.asyncProperty(cohortId, identifiers, async (id, userIds) => {
        await name(id);
        const before = ((await members(id)) as { userIds: string[] }).userIds;
        await change(id, { user_ids: before.length > 0 ? before : ['x'], should_remove: true });
        await change(id, { user_ids: userIds });
        expect(await members(id)).toMatchObject({ userIds: [...userIds].sort() });
      }),
      { numRuns: 60 },
    );
  }));

test('the members of a large cohort arrive whole', () =>
  withSandbox({}, async ({ name, change, members }) => {
    await name('large');
    const all = ids(12_000);
    for (let start = 0; start < all.length; start += 1_000) {
      await change('large', { user_ids: all.slice(start, start + 1_000) });
    }
    expect(await members('large')).toMatchObject({ userIds: [...all].sort() });
  }));

test('a set of strings that outgrows one Set is still one set', () => {
  const operations = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 12 }).map(String)));
  fc.assert(
    fc.property(operations, (list) => {
      const split = new StringSet(3);
      const plain = new Set<string>();
      for (const [add, value] of list) {
        if (add) split.add(value);
        else split.delete(value);
        if (add) plain.add(value);
        else plain.delete(value);
        expect(split.has(value)).toBe(add);
      }
      expect(split.size).toBe(plain.size);
      expect([...split].sort()).toEqual([...plain].sort());
    }),
  );
});
