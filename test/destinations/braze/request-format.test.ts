import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { requestFormat } from '../../../src/destinations/braze/request-format.ts';

const texts = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { maxLength: 6 });
const awkward = fc.constantFrom(',', '","', '\\","', '$&', '"', '\\', '\u0000', '{"a":"b"}');
const names = fc.array(fc.oneof(fc.string({ minLength: 1 }), awkward), {
  minLength: 1,
  maxLength: 6,
});

describe('the members of a request', () => {
  it('equal JSON.stringify of the documented shape', () => {
    const batch = fc.record({
      userIds: texts,
      deviceIds: texts,
      aliases: fc.array(fc.record({ label: fc.oneof(fc.string(), awkward), names }), {
        maxLength: 3,
      }),
    });
    fc.assert(
      fc.property(
        batch,
        fc.constantFrom('APPEND' as const, 'REMOVE' as const),
        (given, operation) => {
          const aliases = given.aliases.flatMap(({ label, names: each }) =>
            each.map((alias_name) => ({ alias_name, alias_label: label })),
          );
          expect(JSON.parse(requestFormat.encode(given, operation))).toEqual([
            {
              ...(given.userIds.length > 0 ? { user_ids: given.userIds } : {}),
              ...(given.deviceIds.length > 0 ? { device_ids: given.deviceIds } : {}),
              ...(aliases.length > 0 ? { aliases } : {}),
              ...(operation === 'REMOVE' ? { should_remove: true } : {}),
            },
          ]);
        },
      ),
    );
  });

  it('stay below 4 MB whatever characters they are made of', () => {
    const { characters, charactersPerAlias } = requestFormat.limits;
    const label = '\u0001'.repeat(50);
    const size = 987;
    const count = Math.floor(characters / (size + label.length + charactersPerAlias));
    const batch = {
      userIds: [],
      deviceIds: [],
      aliases: [{ label, names: Array.from({ length: count }, () => '\u0001'.repeat(size)) }],
    };
    const bytes = Buffer.byteLength(requestFormat.encode(batch, 'REMOVE'));
    expect(bytes).toBeLessThan(4_000_000 - 60_000);
  });
});
