import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadTemporalSettings } from '../../src/temporal/settings.ts';

let caller: string;

beforeEach(() => {
  caller = realpathSync(mkdtempSync(join(tmpdir(), 'caller-')));
});
afterEach(() => rmSync(caller, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const tlsOf = (environment: Record<string, string>) =>
  loadTemporalSettings(environment, caller).connectionOptions.tls;

describe('the settings of Temporal', () => {
  it('have the defaults of the CLI', () => {
    expect(loadTemporalSettings({ HOME: caller, XDG_CONFIG_HOME: caller }, caller)).toMatchObject({
      address: '127.0.0.1:7233',
      namespace: 'default',
    });
  });

  it('take the files that variables name from the caller’s directory', () => {
    for (const name of ['ca', 'cert', 'key']) writeFileSync(join(caller, name), `the ${name}`);
    expect(
      tlsOf({
        TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca',
        TEMPORAL_TLS_CLIENT_CERT_PATH: './cert',
        TEMPORAL_TLS_CLIENT_KEY_PATH: join(caller, 'key'),
      }),
    ).toMatchObject({
      serverRootCACertificate: bytes('the ca'),
      clientCertPair: { crt: bytes('the cert'), key: bytes('the key') },
    });
  });

  it('take the profile file, and the files that it names, from there as well', () => {
    writeFileSync(join(caller, 'ca'), 'the ca');
    writeFileSync(
      join(caller, 'mine.toml'),
      '[profile.default]\naddress = "temporal.example.com:7233"\ntls = { server_ca_cert_path = "ca" }\n',
    );
    const environment = { TEMPORAL_CONFIG_FILE: 'mine.toml' };
    expect(loadTemporalSettings(environment, caller)).toMatchObject({
      address: 'temporal.example.com:7233',
      connectionOptions: { tls: { serverRootCACertificate: bytes('the ca') } },
    });
  });

  it('name the file that is not there', () => {
    expect(() => tlsOf({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: 'ca' })).toThrow(join(caller, 'ca'));
  });
});
