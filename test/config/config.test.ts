import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { ConfigError } from '../../src/config/file.ts';
import { memoryOfEach } from '../../src/config/query-memory.ts';
import { findConnection } from '../../src/domain/connection-type.ts';
import { connectionTypes, EXPORT_TYPES } from '../../src/registry.ts';

const TYPES = connectionTypes(EXPORT_TYPES);

let directory: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'config-')));
  mkdirSync(join(directory, 'data'));
});
afterEach(() => rmSync(directory, { recursive: true }));

function load(yaml: string, environment: Record<string, string> = {}) {
  writeFileSync(join(directory, 'cohort-export.yaml'), yaml);
  return loadConfig(environment, directory, TYPES);
}

function problemsOf(yaml: string, environment: Record<string, string> = {}): string {
  try {
    load(yaml, environment);
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    return (error as ConfigError).message;
  }
  throw new Error('the configuration was taken');
}

const complete = `
braze:
  main:
    restEndpoint: https://rest.fra-01.braze.eu/partners/acme/cohorts
    clusterRegion: EU
    partnerApiKey: \${BRAZE_PARTNER_API_KEY}
    dataImportKey: \${BRAZE_DATA_IMPORT_KEY}
    requestsPerHour: \${RATE}
    giveUpAfter: 90m
treasureData:
  main: { apiKey: "1/abc" }
duckdb:
  local: { directory: ./data }
staging: { directory: ./var/staging, keepRejects: 3d }
worker: { taskQueue: q, maxConcurrentQueries: 3, memoryPerQuery: 0.25 GB, scratchDirectory: spill, healthAddress: "127.0.0.1:8080", metricsAddress: "[::1]:9464" }
`;
const keys = { BRAZE_PARTNER_API_KEY: 'p', BRAZE_DATA_IMPORT_KEY: 'd', RATE: '1000' };

describe('a configuration', () => {
  it('is read with variables resolved and paths from the file', () => {
    const proxy = { httpProxy: null, httpsProxy: 'http://proxy:3128', noProxy: null };
    const environment = { https_proxy: 'http://proxy:3128', NODE_EXTRA_CA_CERTS: '/etc/root.pem' };
    const cache = { XDG_CACHE_HOME: '/cache' };
    expect(load(complete, { ...keys, ...environment, ...cache })).toEqual({
      file: join(directory, 'cohort-export.yaml'),
      connections: {
        braze: {
          main: {
            origin: 'https://rest.fra-01.braze.eu',
            partnerName: 'acme',
            partnerApiKey: 'p',
            dataImportKey: 'd',
            requestsPerHour: 1000,
            giveUpAfterMs: 5_400_000,
            proxy,
          },
        },
        treasureData: {
          main: { name: 'main', endpoint: 'https://api.treasuredata.com', apiKey: '1/abc', proxy },
        },
        duckdb: { local: { directory: join(directory, 'data') } },
      },
      staging: { directory: join(directory, 'var/staging'), keepRejects: 259_200_000 },
      worker: {
        taskQueue: 'q',
        heartbeatInterval: 2_000,
        maxConcurrentQueries: 3,
        memoryPerQuery: 250,
        isMemoryShare: false,
        scratchDirectory: join(directory, 'spill'),
        healthAddress: { host: '127.0.0.1', port: 8080 },
        metricsAddress: { host: '::1', port: 9464 },
      },
      proxy,
      cacheDirectory: '/cache/cohort-export',
      certificates: { NODE_EXTRA_CA_CERTS: '/etc/root.pem' },
      warnings: [],
    });
  });

  it('may leave out what no export needs', () => {
    const config = load(
      'worker:\ntreasureData:\nstaging: { directory: s }\nbraze: { main: { restEndpoint: rest.iad-01.braze.com, dataImportKey: k } }',
    );
    expect(config.worker).toEqual({
      taskQueue: 'cohort-export',
      heartbeatInterval: 2_000,
      maxConcurrentQueries: 2,
      memoryPerQuery: memoryOfEach(2, 1_000),
      isMemoryShare: memoryOfEach(2, 1_000) < 1_000,
      scratchDirectory: join(tmpdir(), `cohort-export-${process.getuid?.()}`),
    });
    expect(config.connections.duckdb).toEqual({});
    expect(config.connections.braze?.main).toMatchObject({
      partnerName: 'treasure_data',
      partnerApiKey: null,
      requestsPerHour: 250_000,
      giveUpAfterMs: 21_600_000,
    });
  });

  it('reports every problem at once, each with its path', () => {
    const message = problemsOf(
      `
braze:
  main: { restEndpoint: "http://rest.iad-01.braze.com", dataImportKey: "\${NOT_SET}", requestPerHour: 1 }
  eu: { restEndpoint: "https://rest.iad-01.braze.com", clusterRegion: EU, dataImportKey: 12345, giveUpAfter: soon }
duckdb: { local: { directory: ./nowhere } }
treasureData: { main: {} }
worker: { healthAddress: "8080" }
stagin: {}
`,
      {},
    );
    for (const part of [
      'braze.main.restEndpoint: must be an https URL',
      'braze.main.dataImportKey: the environment variable NOT_SET is not set',
      'braze.main.requestPerHour: unknown field (did you mean "requestsPerHour"?)',
      'braze.eu.dataImportKey: must be text; put it in quotes',
      'braze.eu.clusterRegion: is EU, but the restEndpoint is in US',
      'duckdb.local.directory: there is no directory',
      'treasureData.main.apiKey: is missing',
      'braze.eu.giveUpAfter: must be a time span',
      'worker.healthAddress: must be HOST:PORT',
      'staging: is missing',
      'stagin: unknown field (did you mean "staging"?)',
    ]) {
      expect(message).toContain(part);
    }
    expect(message.match(/dataImportKey/g)).toHaveLength(2);
  });

  it.each([
    [
      '{ restEndpoint: rest.iad-01.braze.com, clusterRegion: EU, dataImportKey: k }',
      'clusterRegion: is EU, but the restEndpoint is in US',
    ],
    [
      '{ restEndpoint: rest.iad-01.braze.com/partners/a/cohorts, partnerName: b, dataImportKey: k }',
      'partnerName: is "b", but the restEndpoint names the partner "a"',
    ],
  ])('must not contradict itself: %s', (section, part) => {
    expect(problemsOf(`staging: { directory: s }\nbraze: { main: ${section} }`)).toContain(part);
  });

  it('may stage in a bucket instead of a directory', () => {
    expect(load('staging: { s3: { bucket: exports } }').staging).toEqual({
      s3: {
        bucket: 'exports',
        prefix: 'cohort-export/',
        region: 'us-east-1',
        forcePathStyle: false,
        checksums: 'always',
      },
      keepRejects: 604_800_000,
    });
    const other = `{ bucket: b-1.c, prefix: a/b, region: auto, endpoint: s3.example.com:9000, forcePathStyle: "\${PATH_STYLE}", kmsKey: alias/k, checksums: whenRequired }`;
    expect(load(`staging: { s3: ${other} }`, { PATH_STYLE: 'true' }).staging.s3).toEqual({
      bucket: 'b-1.c',
      prefix: 'a/b/',
      region: 'auto',
      endpoint: 'https://s3.example.com:9000',
      forcePathStyle: true,
      kmsKey: 'alias/k',
      checksums: 'whenRequired',
    });
    expect(load('staging: { s3: { bucket: exports, prefix: "" } }').staging.s3?.prefix).toBe('');
  });

  it.each([
    ['{}', 'staging: must have either directory or s3, and not both'],
    ['{ directory: d, s3: { bucket: exports } }', 'staging: must have either directory or s3'],
    ['{ s3: exports }', 'staging.s3: must be a mapping such as { bucket: exports'],
    ['{ s3: {} }', 'staging.s3.bucket: is missing'],
    ['{ s3: { bucket: Exports_1 } }', 'staging.s3.bucket: must be the name of a bucket'],
    ['{ s3: { bucket: ab } }', 'staging.s3.bucket: must be the name of a bucket'],
    ['{ s3: { bucket: exports, prefix: /a } }', 'staging.s3.prefix: must be names separated by /'],
    ['{ s3: { bucket: exports, prefix: a/../b } }', 'staging.s3.prefix: must be names separated'],
    ['{ s3: { bucket: exports, region: US East } }', 'staging.s3.region: must be the name of a'],
    ['{ s3: { bucket: exports, endpoint: "http://s3.local" } }', 'staging.s3.endpoint: must be an'],
    ['{ s3: { bucket: exports, endpoint: s3.local/b } }', 'staging.s3.endpoint: must not contain'],
    ['{ s3: { bucket: exports, forcePathStyle: yes } }', 'staging.s3.forcePathStyle: must be true'],
    ['{ s3: { bucket: exports, checksums: no } }', 'staging.s3.checksums: must be always or when'],
    ['{ s3: { bucket: exports, accessKey: k } }', 'staging.s3.accessKey: unknown field'],
    ['{ s3: { bukcet: exports } }', 'unknown field (did you mean "bucket"?)'],
  ])('says what is wrong with staging: %s', (staging, part) => {
    expect(problemsOf(`staging: ${staging}`)).toContain(part);
  });

  it('names the directory that does not exist', () => {
    expect(
      problemsOf('staging: { directory: s }\nduckdb: { local: { directory: ./dta } }'),
    ).toContain(`duckdb.local.directory: there is no directory ${join(directory, 'dta')}`);
  });

  it('names the file that stands where a directory should', () => {
    const file = join(directory, 'members.csv');
    writeFileSync(file, 'user_ids\n');
    const yaml = 'staging: { directory: s }\nduckdb: { local: { directory: ./members.csv } }';
    expect(problemsOf(yaml)).toContain(
      `duckdb.local.directory: ${file} is a file; set the directory that contains it`,
    );
  });

  it.each([
    ['worker: { healthAddress: 8080 }', 'worker.healthAddress: must be HOST:PORT, such as 127.'],
    ['worker: { memoryPerQuery: 1 }', 'worker.memoryPerQuery: must be text; put it in quotes'],
    ['worker: { memoryPerQuery: 1TB }', 'worker.memoryPerQuery: must be a size such as 500MB'],
    ['worker: { memoryPerQuery: 99MB }', 'worker.memoryPerQuery: must be 100MB or more'],
    ['worker: { maxConcurrentQueries: 0 }', 'worker.maxConcurrentQueries: must be 1 or more'],
    ['worker: q', 'worker: must be a mapping such as { taskQueue: cohort-export }'],
    ['staging: ./x', 'staging: must be a mapping such as { directory: ./var/staging }'],
    ['duckdb: ./data', 'duckdb: must be a mapping such as { local: { directory: ./data } }'],
    ['duckdb: { local: ./data }', 'duckdb.local: must be a mapping such as { directory: ./data }'],
    ['braze: { main: https://x.braze.eu }', 'braze.main: must be a mapping such as { restEndpoint'],
  ])('says what to write instead of %s', (yaml, part) => {
    expect(problemsOf(yaml)).toContain(part);
  });

  it.each([
    ['HTTPS_PROXY', 'proxy.example.com'],
    ['HTTPS_PROXY', 'proxy.example.com:3128'],
    ['https_proxy', 'http://someone:hunter2%@proxy:3128'],
    ['HTTP_PROXY', 'http://someone:hunter2#@proxy:3128'],
  ])('names a malformed %s, without its value: %s', (name, value) => {
    const message = problemsOf('staging: { directory: s }', { [name]: value });
    expect(message).toContain(`the environment variable ${name}: must be the URL of a proxy`);
    expect(message).not.toMatch(/hunter2|3128@|someone/);
  });

  it('says where it is not YAML, without the text', () => {
    const message = problemsOf(
      'staging: { directory: s }\nbraze: { main: { dataImportKey: "hunter2',
    );
    expect(message).toContain('line 2: invalid YAML');
    expect(message).not.toContain('hunter2');
  });

  it('says what to do where there is none', () => {
    expect(() => loadConfig({ COHORT_EXPORT_CONFIG: 'other.yaml' }, directory, TYPES)).toThrow(
      /other\.yaml cannot be used:\n- no such file; create it/,
    );
  });

  it('warns of it behind symbolic links, also where it does not exist yet', () => {
    symlinkSync(join(directory, 'data'), join(directory, 'link'));
    const config =
      'staging: { directory: ./link/s }\nduckdb: { local: { directory: ./data } }\nworker: { memoryPerQuery: 100MB }';
    expect(load(config).warnings).toEqual([
      expect.stringContaining('contains the staged rows of every export, which its SQL can read'),
    ]);
    mkdirSync(join(directory, 'data/s'));
    expect(load(config).warnings).toHaveLength(1);
    const apart = config.replace('./link/s', './link-s');
    expect(load(apart).warnings).toEqual([]);
  });

  it('warns of data that SQL could read', () => {
    const { warnings } = load(
      'staging: { directory: ./data/s }\nduckdb: { local: { directory: . } }\nworker: { memoryPerQuery: 100MB }',
    );
    expect(warnings).toEqual([
      'duckdb.local.directory: contains the staged rows of every export and this configuration, which its SQL can read: move the data to a directory of its own',
    ]);
  });

  it('warns of what links lead to, and of what does not exist yet', () => {
    symlinkSync('data', join(directory, 'link'));
    const { warnings } = load(
      'staging: { directory: ./link/s }\nduckdb: { local: { directory: ./data } }\nworker: { scratchDirectory: ./data/not/yet, memoryPerQuery: 100MB }',
    );
    expect(warnings).toEqual([
      expect.stringContaining(
        'the staged rows of every export and what other queries keep on disk',
      ),
    ]);
  });

  it('shares the memory of a small machine between its queries', () => {
    const sixtyPercent = memoryOfEach(1, Number.MAX_SAFE_INTEGER);
    expect(memoryOfEach(1, 100)).toBe(100);
    expect(memoryOfEach(4, Number.MAX_SAFE_INTEGER)).toBeCloseTo(sixtyPercent / 4, -1);
    const { worker, warnings } = load(
      'staging: { directory: s }\nworker: { memoryPerQuery: 9000GB }',
    );
    const share = memoryOfEach(2, Number.MAX_SAFE_INTEGER);
    expect(worker).toMatchObject({ memoryPerQuery: share, isMemoryShare: true });
    expect(warnings).toEqual([
      `worker.memoryPerQuery: each query gets ${share} MB instead of 9000000 MB, because all queries together (worker.maxConcurrentQueries: 2) may use 60 % of the machine's memory: lower one of the two settings, or give the machine more memory`,
    ]);
  });
});

describe('a name that JavaScript gives every object', () => {
  const braze = (name: string, key = 'd') =>
    `braze: { ${name}: { restEndpoint: https://rest.iad-01.braze.com, dataImportKey: "${key}" } }\nstaging: { directory: ./s }`;

  it.each(['constructor', 'toString', 'hasOwnProperty'])('names a connection: %s', (name) => {
    const { connections } = load(braze(name));
    expect(Object.keys(connections.braze ?? {})).toEqual([name]);
    expect(findConnection(connections, 'braze', name)).toMatchObject({ dataImportKey: 'd' });
    expect(() => findConnection(connections, 'braze', 'valueOf')).toThrow(
      `There is no braze connection named "valueOf". The worker's configuration has "${name}"`,
    );
  });

  it('is refused for a connection where it would be lost: __proto__', () => {
    expect(problemsOf(braze('__proto__'))).toContain(
      '- braze.__proto__: must have another name: "__proto__" is reserved',
    );
    expect(problemsOf(braze('__proto__', `\${NOT_SET}`)).match(/^- /gm)).toHaveLength(2);
  });

  it.each(['__proto__', 'constructor'])('is an unknown field where it names none: %s', (name) => {
    const typed = `${name}: { a: 1 }\nstaging: { directory: ./s, ${name}: 2 }`;
    const problems = problemsOf(typed);
    expect(problems).toContain(`- ${name}: unknown field`);
    expect(problems).toContain(`- staging.${name}: unknown field`);
  });

  it.each(['__proto__', 'constructor'])('is a variable that is not set: %s', (name) => {
    expect(problemsOf(braze('main', `\${${name}}`))).toContain(
      `braze.main.dataImportKey: the environment variable ${name} is not set`,
    );
  });
});
