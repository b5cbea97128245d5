import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import { expect, test } from 'vitest';
import { eventually } from '../support/wait.ts';
import { type Client, withSandbox } from './client.ts';
import { withTreasureData } from './treasure-data-client.ts';

const SUCCESS = '{"message":"success"}';

interface Answer {
  readonly response: IncomingMessage;
  readonly parts: Buffer[];
  /** Resolves when the body is complete, rejects when it breaks off. */
  readonly ended: Promise<void>;
  text(): string;
}

/** Names a cohort, and gives the answer as soon as its head is there. */
async function nameSlowly({ sandbox }: Client, cohort_id = 'vip'): Promise<Answer> {
  const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
  return await answerTo(`${sandbox.url}/partners/${partnerName}/cohorts`, {
    partner_api_key: partnerApiKey,
    client_secret: dataImportKey,
    cohort_id,
    name: 'VIP',
    created_at: '2026-01-21T19:20:30Z',
  });
}

async function answerTo(url: string, body: object | null, headers = {}): Promise<Answer> {
  const sent = request(url, {
    method: body === null ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    // A connection that is kept does not end just because an answer does.
    agent: new Agent({ keepAlive: true }),
  });
  sent.end(body === null ? undefined : JSON.stringify(body));
  const [response] = (await once(sent, 'response')) as [IncomingMessage];
  const parts: Buffer[] = [];
  response.on('data', (part: Buffer) => parts.push(part));
  const ended = once(response, 'end').then(() => undefined);
  ended.catch(() => undefined);
  return { response, parts, ended, text: () => String(Buffer.concat(parts)) };
}

const order = ({ control }: Pick<Client, 'control'>, fault: object): Promise<unknown> =>
  control('POST', '/faults', fault);
const cohorts = async ({ control }: Client) =>
  (await control<{ cohortId: string }[]>('GET', '/cohorts')).map(({ cohortId }) => cohortId);
const inFlight = async ({ control }: Client) =>
  (await control<{ inFlight: number }>('GET', '/stats')).inFlight;

test('a slow body comes in parts, with its length, and is in flight until its last', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'slow', ms: 1_600 });
    const startedAt = performance.now();
    const answer = await nameSlowly(client);
    await once(answer.response, 'data');
    expect(await inFlight(client)).toBe(1);
    await answer.ended;
    // Timers may fire up to a millisecond early each.
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_596);
    expect(answer.response.headers['content-length']).toBe(String(SUCCESS.length));
    expect(answer.parts.length).toBeGreaterThan(1);
    expect(answer.text()).toBe(SUCCESS);
    expect(await inFlight(client)).toBe(0);
    expect(await client.control('GET', '/requests')).toMatchObject([
      { status: 201, fault: 'slow' },
    ]);
  }));

test('a chunked body has no length, and comes in parts', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'chunked' });
    const answer = await nameSlowly(client);
    await answer.ended;
    expect(answer.response.headers).not.toHaveProperty('content-length');
    expect(answer.response.headers['transfer-encoding']).toBe('chunked');
    expect(answer.parts.length).toBeGreaterThan(1);
    expect(answer.text()).toBe(SUCCESS);
    expect(await client.name('vip')).toMatchObject({ status: 201 });
  }));

test('a stalled body stops, and is in flight until its client leaves; the change is made', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'stall', bytes: 5, on: 'cohorts', cohortId: 'vip' });
    expect(await client.name('other')).toMatchObject({ status: 201 });
    const answer = await nameSlowly(client);
    await eventually(() => expect(answer.text()).toBe(SUCCESS.slice(0, 5)));
    expect(await cohorts(client)).toEqual(['other', 'vip']);
    expect(await inFlight(client)).toBe(1);
    answer.response.destroy();
    await eventually(async () => expect(await inFlight(client)).toBe(0));
    expect(await client.control('GET', '/requests')).toMatchObject([
      { status: 201, fault: 'stall' },
      { status: 201 },
    ]);
  }));

test('a cut body ends with its connection, at once or in the middle; the change is made', () =>
  withSandbox({}, async (client) => {
    for (const bytes of [0, 7]) {
      await order(client, { kind: 'cut', bytes, on: 'cohorts' });
      const answer = await nameSlowly(client, `cut after ${bytes}`);
      await expect(answer.ended).rejects.toThrow('aborted');
      expect(answer.text()).toBe(SUCCESS.slice(0, bytes));
    }
    expect(await cohorts(client)).toEqual(['cut after 0', 'cut after 7']);
    expect(await inFlight(client)).toBe(0);
  }));

test('such faults also apply to a response that rejects', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'chunked' });
    expect(await client.change('nobody', { user_ids: ['a'] })).toMatchObject({ status: 400 });
    expect(await client.control('GET', '/requests')).toMatchObject([{ fault: 'chunked' }]);
  }));

test('closing the sandbox ends slow and stalled bodies', () =>
  withSandbox({}, async (client) => {
    await order(client, { kind: 'stall', bytes: 1 });
    await order(client, { kind: 'slow', ms: 60_000 });
    const answers = [await nameSlowly(client), await nameSlowly(client)];
    await client.sandbox.close();
    for (const { ended } of answers) await expect(ended).rejects.toThrow('aborted');
  }));

test('Treasure Data’s JSON can be slow, chunked, stalled and cut as well', () =>
  withTreasureData({}, async (client) => {
    const { sandbox, issue, finished } = client;
    const headers = { authorization: `TD1 ${sandbox.treasureData.apiKey}` };
    const id = await issue('SELECT 1');
    const whole = JSON.stringify(await finished(id));
    const show = () => answerTo(`${sandbox.url}/v3/job/show/${id}`, null, headers);
    const on = 'td.show';

    await order(client, { kind: 'slow', ms: 40, on });
    const slow = await show();
    await slow.ended;
    expect(slow.text()).toBe(whole);
    expect(slow.parts.length).toBeGreaterThan(1);

    await order(client, { kind: 'chunked', on });
    const chunked = await show();
    await chunked.ended;
    expect(chunked.text()).toBe(whole);
    expect(chunked.response.headers['transfer-encoding']).toBe('chunked');

    await order(client, { kind: 'stall', bytes: 20, on });
    const stalled = await show();
    await eventually(() => expect(stalled.text()).toBe(whole.slice(0, 20)));
    stalled.response.destroy();

    await order(client, { kind: 'cut', bytes: 20, on });
    const cut = await show();
    await expect(cut.ended).rejects.toThrow('aborted');
    expect(cut.text()).toBe(whole.slice(0, 20));
    const log = await client.control<object[]>('GET', '/treasure-data/requests');
    expect(log.slice(0, 4)).toMatchObject(
      ['cut', 'stall', 'chunked', 'slow'].map((fault) => ({ fault, status: 200 })),
    );
  }));

test('so can a result, counted from the requested byte', () =>
  withTreasureData({}, async (client) => {
    const { sandbox, issue, finished, get } = client;
    const id = await issue('SELECT i FROM range(100000) t(i)');
    await finished(id);
    const path = `/job/result/${id}?format=msgpack.gz`;
    const { bytes } = await get(path);
    const headers = { authorization: `TD1 ${sandbox.treasureData.apiKey}`, range: 'bytes=100-' };
    const result = () => answerTo(`${sandbox.url}/v3${path}`, null, headers);
    const rest = bytes.subarray(100);

    for (const fault of [{ kind: 'slow', ms: 40 }, { kind: 'chunked' }]) {
      await order(client, { ...fault, on: 'td.result' });
      const answer = await result();
      await answer.ended;
      expect(answer.response.statusCode).toBe(206);
      expect(Buffer.concat(answer.parts).equals(rest)).toBe(true);
    }
    await order(client, { kind: 'stall', bytes: 1_000, on: 'td.result' });
    const stalled = await result();
    await eventually(() => expect(Buffer.concat(stalled.parts)).toHaveLength(1_000));
    expect(Buffer.concat(stalled.parts).equals(rest.subarray(0, 1_000))).toBe(true);
    stalled.response.destroy();
  }));
