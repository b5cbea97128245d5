import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import type { ConnectionType } from '../../src/domain/connection-type.ts';
import { emptyFolder } from './folders.ts';

/** A connection as the configuration has it. */
export type Section = Readonly<Record<string, unknown>>;

/** What a worker makes of a section of its configuration. */
export function connectionOf(type: ConnectionType, section: unknown): object {
  const directory = emptyFolder();
  // Every JSON is YAML.
  const text = JSON.stringify({
    [type.type]: { main: section },
    staging: { directory: './staging' },
  });
  writeFileSync(join(directory, 'cohort-export.yaml'), text);
  const { connections } = loadConfig({}, directory, [type]);
  return connections[type.type]?.main ?? expect.unreachable('the connection is missing');
}

/** What the configuration of every type must do. `section` is called in a test. */
export function itHasASection(type: ConnectionType, section: () => Section): void {
  it('has a section that becomes plain data', () => {
    const connection = connectionOf(type, section());
    expect(JSON.parse(JSON.stringify(connection))).toEqual(connection);
  });

  it('names the nearest field where its section has an unknown one', () => {
    for (const [field, value] of Object.entries(section())) {
      const mistyped = { ...section(), [`${field}x`]: value };
      expect(() => connectionOf(type, mistyped)).toThrow(
        `${type.type}.main.${field}x: unknown field (did you mean "${field}"?)`,
      );
    }
  });

  it('shows an example where something else stands in the place of its section', () => {
    expect(() => connectionOf(type, 'text')).toThrow(
      `${type.type}.main: must be a mapping such as ${type.section.example}`,
    );
  });
}
