import { expect, test } from 'vitest';
import { withSandbox } from './client.ts';

// The shapes that Segment's client sends (@segment/action-destinations, destination braze-cohorts),
// which is in daily use against Braze: what it sends, Braze takes.
const partner = { partnerName: 'segment' };
const COHORT = 'aud_23WNzkzsTS3ydnKz5H71SEhMxls';

test('its check of the keys: no changes, for a cohort that nobody named', () =>
  withSandbox(partner, async ({ braze, control }) => {
    const check = { cohort_id: 'will_add_in_constant', cohort_changes: [] };
    expect(await braze('/cohorts/users', check)).toMatchObject({ status: 201 });
    const refused = await braze('/cohorts/users', { ...check, client_secret: 'wrong' });
    expect(refused).toMatchObject({ status: 401, body: { message: 'Invalid client secret' } });
    expect(await control('GET', '/cohorts')).toEqual([]);
  }));

test('its batches: every kind in every change, mostly empty, additions before removals', () =>
  withSandbox(partner, async ({ braze, members, control }) => {
    const naming = { cohort_id: COHORT, name: 'j_o_jons', created_at: '2022-12-01T17:40:04.055Z' };
    expect(await braze('/cohorts', naming)).toMatchObject({ status: 201 });
    const added = { user_ids: ['w8KWCsdTxe1Ydaf3s62UMc'], device_ids: [], aliases: [] };
    const aliases = [{ alias_name: 'email', alias_label: 'test@twilio.com' }];
    const others = { user_ids: [], device_ids: ['1234567'], aliases };
    for (const cohort_changes of [
      [{ ...added, should_remove: undefined }],
      [others, { user_ids: ['user1234'], device_ids: [], aliases: [], should_remove: true }],
    ]) {
      const answer = await braze('/cohorts/users', { cohort_id: COHORT, cohort_changes });
      expect(answer).toMatchObject({ status: 201 });
    }
    expect(await members(COHORT)).toEqual({
      userIds: ['w8KWCsdTxe1Ydaf3s62UMc'],
      deviceIds: ['1234567'],
      aliases,
    });
    expect(await control('GET', '/requests')).toMatchObject([
      { path: '/partners/segment/cohorts/users', warnings: ['empty array'] },
      { path: '/partners/segment/cohorts/users', warnings: ['empty array'] },
      { path: '/partners/segment/cohorts', warnings: [] },
    ]);
  }));
