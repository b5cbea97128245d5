import { expect, test } from 'vitest';
import { bypassProxies, temporalEnvironment } from '../../scripts/demo/environment.ts';

const OWN = '127.0.0.1,localhost';

test.each([
  [{}, { no_proxy: OWN, NO_PROXY: OWN }],
  [{ NO_PROXY: 'a.example' }, { no_proxy: `a.example,${OWN}`, NO_PROXY: `a.example,${OWN}` }],
  [{ no_proxy: 'localhost' }, { no_proxy: 'localhost,127.0.0.1', NO_PROXY: 'localhost,127.0.0.1' }],
  [{ no_proxy: '*' }, { no_proxy: '*' }],
  [
    { no_grpc_proxy: 'b.example' },
    { no_grpc_proxy: `b.example,${OWN}`, no_proxy: OWN, NO_PROXY: OWN },
  ],
])('with %o no proxy stands between the parts of the demo', (env, expected) => {
  bypassProxies(env);
  expect(env).toEqual(expected);
});

test("settings for another Temporal do not reach the demo's clients", () => {
  const env = {
    PATH: '/bin',
    TEMPORAL_ADDRESS: 'cloud.example:7233',
    TEMPORAL_API_KEY: 'secret',
    TEMPORAL_PROFILE: 'production',
  };
  expect(temporalEnvironment(env, '127.0.0.1:7240', '/run/temporal.toml')).toEqual({
    PATH: '/bin',
    TEMPORAL_ADDRESS: '127.0.0.1:7240',
    TEMPORAL_NAMESPACE: 'default',
    TEMPORAL_CONFIG_FILE: '/run/temporal.toml',
  });
});
