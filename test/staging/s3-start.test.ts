import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { S3Access } from '../../scripts/versitygw/server.ts';
import { S3Store } from '../../src/staging/s3/s3-store.ts';
import {
  errorResponse,
  type Fault,
  hang,
  ignoreIfNoneMatch,
  passOn,
} from '../support/s3-faults.ts';
import { s3ForFile, s3FrontForFile } from '../support/s3-for-file.ts';
import { startS3Front } from '../support/s3-front.ts';
import { failureOf } from './create-staging.ts';
import { BUCKET, createS3Case, credentialsOf, settingsOf } from './s3-case.ts';

const HOUR_MS = 60 * 60 * 1_000;

const server = s3ForFile(({ createBucket }) => createBucket(BUCKET));
const front = s3FrontForFile(server);

describe('a worker that starts with a bucket', () => {
  function open(access: S3Access, changes: object = {}, credentials = credentialsOf(access)) {
    const store = new S3Store({ ...settingsOf(access), ...changes }, credentials);
    onTestFinished(() => store[Symbol.dispose]());
    return store;
  }
  const refusal = async (store: S3Store) => {
    const failure = await failureOf(store.prepare(0));
    expect(failure).toMatchObject({ type: 'StagingFailed', retry: 'never' });
    return failure.message;
  };

  it('finds everything right, makes its id, and leaves nothing else', async () => {
    const { store, names } = await createS3Case(server());
    expect(await store.prepare(0)).toMatchObject({ isNew: false, warnings: [] });
    expect(await names()).toEqual(['store/id']);
  });

  it.each([
    [
      'bucket',
      { bucket: 'no-such-bucket' },
      '(NoSuchBucket): there is no such bucket: correct bucket in staging.s3',
    ],
    ['region', { region: 'us-west-2' }, 'set region: eu-central-1 in staging.s3'],
  ])('says so where the %s is wrong', async (_, changes, words) => {
    expect(await refusal(open(server(), changes))).toContain(words);
  });

  it.each([
    ['key', { accessKeyId: 'AKIANOBODY' }, '): the credentials of this worker'],
    [
      'secret',
      { secretAccessKey: 'another' },
      '(SignatureDoesNotMatch): the credentials of this worker are not valid',
    ],
  ])('says so where the %s is wrong, and shows none', async (_, changes, words) => {
    const message = await refusal(open(server(), {}, credentialsOf({ ...server(), ...changes })));
    expect(message).toContain(words);
    for (const secret of [
      server().accessKeyId,
      server().secretAccessKey,
      ...Object.values(changes),
    ]) {
      expect(message).not.toContain(secret);
    }
  });

  it('says so where it finds no credentials', async () => {
    for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_PROFILE', 'AWS_WEB_IDENTITY_TOKEN_FILE']) {
      vi.stubEnv(name, undefined);
    }
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
    vi.stubEnv('HOME', '/nowhere');
    onTestFinished(() => void vi.unstubAllEnvs());
    const store = new S3Store(settingsOf(server()));
    onTestFinished(() => store[Symbol.dispose]());
    expect(await refusal(store)).toContain(
      '(CredentialsProviderError): this worker found no credentials',
    );
  });

  it.each([
    ['LIST', 'Listing objects failed', 'allow s3:ListBucket on arn:aws:s3:::exports.'],
    ['PUT', 'Writing an object failed', 'allow s3:PutObject on arn:aws:s3:::exports/'],
    ['GET', 'Reading an object failed', 'allow s3:GetObject on arn:aws:s3:::exports/'],
    ['POST', 'Deleting an object failed', 'allow s3:DeleteObject on arn:aws:s3:::exports/'],
  ] as const)('says which right is missing where %s is denied', async (method, what, right) => {
    using _ = front().order({ method }, errorResponse('AccessDenied'));
    const message = await refusal(open(front()));
    expect(message).toContain(what);
    expect(message).toContain(right);
  });

  it('refuses a service that ignores the conditions of a write', async () => {
    using _ = front().order({ method: 'PUT' }, ignoreIfNoneMatch(server()));
    expect(await refusal(open(front()))).toContain(
      'ignores the conditions If-None-Match and If-Match',
    );
  });

  it('refuses a service that refuses the ETag that it has given', async () => {
    // Before it comes the write that must be refused because no object is there.
    const isRight: Fault = async (exchange) => {
      const condition = exchange.request.headers['if-match'];
      const isGiven = condition !== undefined && !condition.includes('00000000');
      await (isGiven ? errorResponse('PreconditionFailed') : passOn)(exchange);
    };
    using _ = front().order({ method: 'PUT' }, isRight);
    expect(await refusal(open(front()))).toContain('refuses a PUT whose If-Match has the ETag');
  });

  it('does not wait for ever for a service that says nothing, nor for one that is not there', async () => {
    const silent = await startS3Front(server());
    onTestFinished(() => silent[Symbol.asyncDispose]());
    silent.order({}, hang);
    const startedAt = performance.now();
    expect(await refusal(open(silent))).toContain('it did not answer in time');
    expect(performance.now() - startedAt).toBeLessThan(30_000);
    await silent.away();
    expect(await refusal(open(silent))).toContain('(ECONNREFUSED): it did not answer in time');
  });

  describe('is told of lifecycle rules', () => {
    const rule = (prefix: string, days: number) =>
      `<Rule><ID>r</ID><Status>Enabled</Status><Filter><Prefix>${prefix}</Prefix></Filter><Expiration><Days>${days}</Days></Expiration></Rule>`;
    const answer =
      (status: number, body: string): Fault =>
      async ({ request, response }) => {
        request.resume();
        response.writeHead(status, { 'content-type': 'application/xml' }).end(body);
      };
    const warnings = async (fault: Fault) => {
      using _ = front().order({ method: 'GET', key: /^$/ }, fault);
      return (await open(front(), { prefix: 'p/' }).prepare(6 * HOUR_MS)).warnings;
    };
    const configuration = (...rules: string[]) =>
      answer(200, `<LifecycleConfiguration>${rules.join('')}</LifecycleConfiguration>`);

    it('and warns of none, of short ones, and of one that deletes the id', async () => {
      expect(await warnings(configuration(rule('p/runs/', 14)))).toEqual([]);
      const none = answer(404, '<Error><Code>NoSuchLifecycleConfiguration</Code></Error>');
      expect(await warnings(none)).toEqual([expect.stringContaining('no lifecycle rule')]);
      // 6 h of giveUpAfter, 72 h of a pause and a day of sending.
      expect(await warnings(configuration(rule('p/runs/', 5)))).toEqual([]);
      expect(await warnings(configuration(rule('p/runs/', 4)))).toEqual([
        expect.stringContaining('in less than 5 days'),
      ]);
      expect(await warnings(configuration(rule('', 30)))).toEqual([
        expect.stringContaining('deletes p/store/id'),
      ]);
    });

    it('but not of those that it may not see', async () => {
      expect(await warnings(errorResponse('AccessDenied'))).toEqual([]);
    });
  });
});
