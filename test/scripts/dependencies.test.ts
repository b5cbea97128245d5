import { describe, expect, test } from 'vitest';
import {
  behind,
  installedPackages,
  isAllowed,
  newestVersions,
} from '../../scripts/dependencies/packages.ts';

test('the packages of npm ls: each once, direct ones first, with details from other places', () => {
  const shared = { name: 'shared', version: '1.0.0', license: 'ISC', path: '/m/shared' };
  const inner = { name: 'inner', version: '3.0.0', license: 'MIT', path: '/m/shared/m/inner' };
  const other = { ...shared, version: '0.9.0', path: '/m/direct/m/shared' };
  const packages = installedPackages({
    dependencies: {
      direct: {
        name: 'direct',
        version: '2.0.0',
        license: { type: 'MIT' },
        path: '/m/direct',
        // Deduplicated here, and spelt out below.
        dependencies: { shared, 'shared-older': other, 'of-another-platform': {} },
      },
      leftover: { name: 'leftover', version: '1.0.0', path: '/m/leftover', extraneous: true },
      shared: { ...shared, dependencies: { inner } },
    },
  });
  expect(
    packages.map(({ name, version, licence, isDirect }) => [name, version, licence, isDirect]),
  ).toEqual([
    ['direct', '2.0.0', null, true],
    ['shared', '1.0.0', 'ISC', true],
    ['shared', '0.9.0', 'ISC', false],
    ['inner', '3.0.0', 'MIT', false],
  ]);
});

test('the newest versions of npm outdated, for each place that has an older one', () => {
  const newest = newestVersions({
    once: { location: '/m/once', latest: '2.0.0' },
    twice: [
      { location: '/m/twice', latest: '9.0.0' },
      { location: '/m/a/m/twice', latest: '9.0.0' },
    ],
    'not-installed': { latest: '1.0.0' },
  });
  expect([...newest]).toEqual([
    ['/m/once', '2.0.0'],
    ['/m/twice', '9.0.0'],
    ['/m/a/m/twice', '9.0.0'],
  ]);
});

test.each([
  ['1.2.3', '1.2.3', ''],
  ['1.2.3', '4.0.0', '3 major'],
  ['1.2.3', '1.10.0', '8 minor'],
  ['1.2.3', '1.2.4', '1 patch'],
  ['2.0.0', '1.9.0', 'ahead'],
  ['1.5.6-r.1', '1.5.6-r.2', 'a pre-release'],
  ['1.5.6-r.1', '1.6.0-r.1', '1 minor'],
])('%s is behind %s by "%s"', (version, newest, expected) => {
  expect(behind(version, newest)).toBe(expected);
});

describe('licences', () => {
  const allowed = new Set(['MIT', 'Apache-2.0', 'ISC']);

  test.each([
    'MIT',
    'Apache-2.0 AND MIT',
    '(GPL-3.0-only OR MIT)',
    'MIT AND (ISC OR GPL-2.0-only)',
  ])('%s is allowed', (licence) => expect(isAllowed(licence, allowed)).toBe(true));

  test.each([
    'GPL-3.0-only',
    'MIT AND GPL-3.0-only',
    'GPL-3.0-only OR AGPL-3.0-only',
    '(MIT OR ISC) AND GPL-2.0-only',
    'MIT WITH some-exception',
    'SEE LICENSE IN LICENSE.txt',
    'mit',
    '',
  ])('"%s" is not', (licence) => expect(isAllowed(licence, allowed)).toBe(false));

  test('a bracket that is not closed is an error', () => {
    expect(() => isAllowed('(MIT OR ISC', allowed)).toThrow('unclosed bracket');
  });
});
