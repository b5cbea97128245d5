import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { withSandbox } from './client.ts';

test('the page is one document that loads nothing else', () =>
  withSandbox({}, async ({ send }) => {
    const { status, headers, body } = await send('GET', '/');
    const html = body as string;
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(html.match(/(?:src|href)="(?!data:)/g)).toBeNull();
    expect(html).not.toMatch(/url\(|@import/);
  }));

test('its policy allows only its own style and script', () =>
  withSandbox({}, async ({ send }) => {
    const { headers, body } = await send('GET', '/');
    const policy = headers.get('content-security-policy');
    for (const tag of ['style', 'script']) {
      const text = new RegExp(`<${tag}>(.*)</${tag}>`, 's').exec(body as string)?.[1] ?? '';
      const digest = createHash('sha256').update(text).digest('base64');
      expect(text.length).toBeGreaterThan(1_000);
      expect(policy).toContain(`${tag}-src 'sha256-${digest}'`);
    }
  }));

test('what the page shows: totals, cohorts by kind, some members', () =>
  withSandbox({}, async ({ name, change, control }) => {
    await name('a/b', '<b>bold</b>');
    await change('a/b', {
      user_ids: Array.from({ length: 150 }, (_, index) => `user-${index}`),
      aliases: [{ alias_label: 'email', alias_name: 'x' }],
    });
    const cohort = { cohortId: 'a/b', name: '<b>bold</b>', size: 151, requests: 1 };
    expect(await control('GET', '/overview')).toMatchObject({
      partnerName: 'treasure_data',
      totals: { requests: 2, byStatus: { 201: 2 } },
      faults: 0,
      cohorts: [{ ...cohort, userIds: 150, deviceIds: 0, aliases: 1 }],
      requests: [{ status: 201 }, { status: 201 }],
    });
    const preview = await control<{ first: { userIds: string[] } }>(
      'GET',
      '/cohorts/a%2Fb/preview',
    );
    expect(preview).toMatchObject({ ...cohort, first: { deviceIds: [] } });
    expect(preview.first.userIds).toHaveLength(100);
  }));

test('unknown paths are 404 in JSON', () =>
  withSandbox({}, async ({ send }) => {
    for (const path of ['/nothing', '/sandbox/nothing', '/v3/nothing']) {
      expect(await send('GET', path)).toMatchObject({
        status: 404,
        body: { message: expect.any(String) },
      });
    }
  }));
