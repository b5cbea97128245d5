import { expect, test } from 'vitest';
import { CREATED_AT, ids, withSandbox } from './client.ts';

const COHORT_ID = '`cohort_id` must be a valid string';
const COHORT_CHANGES =
  '`cohort_changes` must be an array of objects each with key `user_ids` and/or `device_ids` mapping to an array of strings, or an `aliases` object';
const TOO_MANY = 'Only 1,000 `user_ids`, `device_ids`, and `aliases` are allowed per request';
const NAME = '`name` must be a non-empty string';
const TIME = '`created_at` must be a valid time as an ISO-8601 string';
const TOO_LONG = "'external_id' must be fewer than 988 bytes";

const alias = (label: string, name: string) => ({ alias_label: label, alias_name: name });

test('a success is 201 with the message of Braze’s endpoints', () =>
  withSandbox({}, async ({ name, change }) => {
    expect(await name('vip')).toMatchObject({ status: 201, body: { message: 'success' } });
    const answer = await change('vip', { user_ids: ['a'] });
    expect(answer).toMatchObject({ status: 201, body: { message: 'success' } });
  }));

test('naming a cohort: what is rejected, in Braze’s words', () =>
  withSandbox({}, async ({ braze }) => {
    const valid = { cohort_id: 'vip', name: 'VIP', created_at: CREATED_AT };
    const cases: [object, string][] = [
      [{ cohort_id: undefined }, COHORT_ID],
      [{ cohort_id: '' }, COHORT_ID],
      [{ cohort_id: 7 }, COHORT_ID],
      [{ name: undefined }, NAME],
      [{ name: '' }, NAME],
      [{ name: ['VIP'] }, NAME],
      [{ created_at: undefined }, TIME],
      [{ created_at: 1_700_000_000 }, TIME],
      [{ created_at: 'yesterday' }, TIME],
      [{ created_at: '2026-02-30T00:00:00Z' }, TIME],
      [{ created_at: '2026-13-01T00:00:00Z' }, TIME],
      [{ created_at: '2026-01-01T24:00:00Z' }, TIME],
      [{ created_at: '2026-01-01T00:00:00' }, TIME],
      [{ created_at: '2026-01-01' }, TIME],
    ];
    for (const [fields, message] of cases) {
      const answer = await braze('/cohorts', { ...valid, ...fields });
      expect([fields, answer.status, answer.body]).toEqual([fields, 400, { message }]);
    }
    for (const created_at of ['2024-02-29T23:59:59Z', '2022-12-01T17:40:04.055Z', CREATED_AT]) {
      expect(await braze('/cohorts', { ...valid, created_at })).toMatchObject({ status: 201 });
    }
  }));

test('changing members: what is rejected, in Braze’s words', () =>
  withSandbox({}, async ({ name, braze, members }) => {
    await name('vip');
    const changes = (...cohort_changes: unknown[]) => ({ cohort_changes });
    const cases: [object, string][] = [
      [{ cohort_id: undefined, ...changes({ user_ids: ['a'] }) }, COHORT_ID],
      [{ cohort_id: '', ...changes({ user_ids: ['a'] }) }, COHORT_ID],
      [{}, COHORT_CHANGES],
      [{ cohort_changes: { user_ids: ['a'] } }, COHORT_CHANGES],
      [{ cohort_changes: '[{"user_ids": ["a"]}]' }, COHORT_CHANGES],
      [changes('a'), COHORT_CHANGES],
      [changes(null), COHORT_CHANGES],
      [changes(['a']), COHORT_CHANGES],
      [changes({}), COHORT_CHANGES],
      [changes({ should_remove: true }), COHORT_CHANGES],
      [changes({ user_ids: ['a'] }, {}), COHORT_CHANGES],
      [changes({ user_ids: null }), COHORT_CHANGES],
      [changes({ user_ids: 'a' }), COHORT_CHANGES],
      [changes({ user_ids: ['a', 1] }), COHORT_CHANGES],
      [changes({ user_ids: ['a', ''] }), COHORT_CHANGES],
      [changes({ user_ids: ['a', null] }), COHORT_CHANGES],
      [changes({ user_ids: ['a'], device_ids: [7] }), COHORT_CHANGES],
      [changes({ device_ids: { 0: 'a' } }), COHORT_CHANGES],
      [changes({ aliases: alias('email', 'a') }), COHORT_CHANGES],
      [changes({ aliases: ['a'] }), COHORT_CHANGES],
      [changes({ aliases: [['email', 'a']] }), COHORT_CHANGES],
      [changes({ aliases: [{ alias_name: 'a' }] }), COHORT_CHANGES],
      [changes({ aliases: [alias('email', '')] }), COHORT_CHANGES],
      [changes({ aliases: [alias('', 'a')] }), COHORT_CHANGES],
      [changes({ aliases: [{ alias_label: 'email', alias_name: 5 }] }), COHORT_CHANGES],
      [changes({ aliases: [{ ...alias('email', 'a'), extra: 1 }] }), COHORT_CHANGES],
      [changes({ user_ids: ['a'], should_remove: 'true' }), '`should_remove` must be a boolean'],
      [changes({ user_ids: ['a'], should_remove: null }), '`should_remove` must be a boolean'],
      [changes({ user_ids: ['a', 'x'.repeat(988)] }), TOO_LONG],
      [changes({ user_ids: ['あ'.repeat(330)] }), TOO_LONG],
      [changes({ user_ids: ids(1_001) }), TOO_MANY],
    ];
    for (const [fields, message] of cases) {
      const answer = await braze('/cohorts/users', { cohort_id: 'vip', ...fields });
      expect([fields, answer.status, answer.body]).toEqual([fields, 400, { message }]);
    }
    expect(await members('vip')).toEqual({ userIds: [], deviceIds: [], aliases: [] });
  }));

test('identifiers are refused by order, with all else in their request', () =>
  withSandbox({}, async ({ name, change, control, members }) => {
    await name('vip');
    const order = {
      userIds: ['u'],
      deviceIds: ['d'],
      aliases: [alias('email', 'a')],
      message: 'invalid',
    };
    expect(await control('PUT', '/refused', order)).toEqual({ identifiers: 3 });
    const refused = { status: 400, body: { message: 'invalid' } };
    for (const bad of [{ user_ids: ['u'] }, { device_ids: ['d'] }, { aliases: order.aliases }]) {
      expect(await change('vip', { user_ids: ['good'] }, bad)).toMatchObject(refused);
    }
    // Each identifier is refused under its own kind.
    const others = { user_ids: ['d', 'a'], device_ids: ['u'], aliases: [alias('phone', 'a')] };
    expect(await change('vip', others)).toMatchObject({ status: 201 });
    expect(await members('vip')).toEqual({
      userIds: ['a', 'd'],
      deviceIds: ['u'],
      aliases: [alias('phone', 'a')],
    });
    await control('PUT', '/refused', { userIds: ['x'] });
    expect(await change('vip', { user_ids: ['u'] })).toMatchObject({ status: 201 });
    expect(await change('vip', { user_ids: ['x'] })).toMatchObject({
      status: 400,
      body: { message: 'The request has an identifier that is not valid' },
    });
    await control('DELETE', '/refused');
    expect(await change('vip', { user_ids: ['x'] })).toMatchObject({ status: 201 });
  }));

test('a request holds 1,000 identifiers, of all kinds and in all its changes together', () =>
  withSandbox({}, async ({ name, change }) => {
    await name('vip');
    const aliases = ids(300).map((id) => alias('email', id));
    const of = (more: number) => [
      { user_ids: ids(400) },
      { device_ids: ids(300, 'device-') },
      { aliases: [...aliases, ...ids(more).map((id) => alias('phone', id))], should_remove: true },
    ];
    expect(await change('vip', { user_ids: ids(1_000) })).toMatchObject({ status: 201 });
    expect(await change('vip', ...of(0))).toMatchObject({ status: 201 });
    const answer = await change('vip', ...of(1));
    expect(answer).toMatchObject({ status: 400, body: { message: TOO_MANY } });
  }));

test('an external id has at most 987 bytes of UTF-8', () =>
  withSandbox({}, async ({ name, change }) => {
    await name('vip');
    for (const id of ['x'.repeat(987), 'あ'.repeat(329), '😀'.repeat(246)]) {
      expect(await change('vip', { user_ids: [id] })).toMatchObject({ status: 201 });
    }
  }));

test('keys: the partner’s is checked first, and neither may be missing', () =>
  withSandbox({}, async ({ braze, sandbox, control }) => {
    const body = { cohort_id: 'vip', name: 'VIP', created_at: CREATED_AT };
    const cases: [object, string][] = [
      [{ partner_api_key: 'wrong', client_secret: 'wrong' }, 'Invalid Partner API key'],
      [{ partner_api_key: undefined }, 'Invalid Partner API key'],
      [{ client_secret: 'wrong' }, 'Invalid client secret'],
      [{ client_secret: undefined, cohort_id: '' }, 'Invalid client secret'],
    ];
    for (const path of ['/cohorts', '/cohorts/users'] as const) {
      for (const [keys, message] of cases) {
        expect(await braze(path, { ...body, ...keys })).toMatchObject({
          status: 401,
          body: { message },
        });
      }
    }
    await control('PUT', '/partner', { enabled: false });
    const secret = sandbox.braze.dataImportKey;
    expect(await braze('/cohorts', body)).toMatchObject({
      status: 401,
      body: { message: `Partner not enabled for client with client secret: ${secret}` },
    });
    await control('PUT', '/partner', { enabled: true });
    expect(await braze('/cohorts', body)).toMatchObject({ status: 201 });
  }));

test('members of a cohort that was never named are rejected', () =>
  withSandbox({}, async ({ change, control }) => {
    const answer = await change('nobody', { user_ids: ['a'] });
    expect(answer).toMatchObject({ status: 400 });
    expect(JSON.stringify(answer.body)).toContain('Unknown cohort');
    expect(await control('GET', '/cohorts')).toEqual([]);
  }));

test('other paths are 404, other methods 405', () =>
  withSandbox({}, async ({ send, sandbox }) => {
    const base = `/partners/${sandbox.braze.partnerName}`;
    const paths = ['/partners', '/partners/other/cohorts', base, `${base}/cohorts/`];
    for (const path of [...paths, `${base}/constructor`, `${base}/cohorts/users/x`]) {
      expect(await send('POST', path, '{}')).toMatchObject({ status: 404 });
    }
    const answer = await send('GET', `${base}/cohorts`);
    expect(answer).toMatchObject({ status: 405 });
    expect(answer.headers.get('allow')).toBe('POST');
  }));

test('a body that is not sent as JSON is 415, whatever it holds', () =>
  withSandbox({}, async ({ name, braze, send, sandbox, members }) => {
    await name('vip');
    const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
    const keys = { partner_api_key: partnerApiKey, client_secret: dataImportKey };
    const body = { ...keys, cohort_id: 'vip', cohort_changes: [{ user_ids: ['a'] }] };
    const path = `/partners/${partnerName}/cohorts/users`;
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp']) {
      const answer = await send('POST', path, JSON.stringify(body), { 'content-type': type });
      expect([type, answer.status]).toEqual([type, 415]);
    }
    expect(await members('vip')).toMatchObject({ userIds: [] });
    const charset = { 'content-type': 'application/JSON; charset=utf-8' };
    expect(await send('POST', path, JSON.stringify(body), charset)).toMatchObject({ status: 201 });
    expect(await braze('/cohorts/users', body)).toMatchObject({ status: 201 });
  }));

test('a body that is not a JSON object in UTF-8 is 400', () =>
  withSandbox({}, async ({ send, sandbox }) => {
    const path = `/partners/${sandbox.braze.partnerName}/cohorts/users`;
    const latin1 = Buffer.from('{"cohort_id":"caf\xe9"}', 'latin1');
    for (const body of ['', 'nonsense', '[]', '"text"', 'null', '{"cohort_id":', latin1]) {
      expect(await send('POST', path, body)).toMatchObject({ status: 400 });
    }
  }));

test('a body may have 4 MB and no byte more, with or without a declared length', () =>
  withSandbox({}, async ({ name, send, sandbox, members }) => {
    await name('vip');
    const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
    const path = `/partners/${partnerName}/cohorts/users`;
    const body = (bytes: number, id: string) =>
      JSON.stringify({
        partner_api_key: partnerApiKey,
        client_secret: dataImportKey,
        cohort_id: 'vip',
        cohort_changes: [{ user_ids: [id] }],
      }).padEnd(bytes, ' ');
    const chunked = (text: string) =>
      ReadableStream.from(
        Buffer.from(text)
          .toString('latin1')
          .match(/.{1,65536}/gs) ?? [],
      ).pipeThrough(new TextEncoderStream());

    expect(await send('POST', path, body(4_000_000, 'a'))).toMatchObject({ status: 201 });
    expect(await send('POST', path, chunked(body(4_000_000, 'b')))).toMatchObject({ status: 201 });
    expect(await send('POST', path, body(4_000_001, 'c'))).toMatchObject({ status: 413 });
    expect(await send('POST', path, chunked(body(4_000_001, 'd')))).toMatchObject({ status: 413 });
    expect(await members('vip')).toMatchObject({ userIds: ['a', 'b'] });
  }));
