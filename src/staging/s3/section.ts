import { z } from 'zod';
import { flag, mapping, parsedText, text } from '../../domain/config-checks.ts';
import { documented } from '../../domain/field-docs.ts';
import { parseSecureUrl } from '../../http/secure-url.ts';

const EXAMPLE = '{ bucket: exports, region: us-east-1 }';

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html */
const BUCKET = /^(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const bucket = text.refine(
  (name) => BUCKET.test(name),
  'must be the name of a bucket: 3 to 63 lower-case letters, digits, hyphens and dots',
);

/** Of a key, what needs no encoding anywhere. */
const PREFIX = /^[\w!.*'()-]+(\/[\w!.*'()-]+)*\/?$/;
const prefix = z
  .string('must be text; put it in quotes')
  .refine(
    (typed) => typed === '' || (PREFIX.test(typed) && !/(^|\/)\.\.?(\/|$)/.test(typed)),
    "must be names separated by /, such as cohort-export/, without a / at the start; letters, digits and - _ . ! * ' ( )",
  )
  .transform((typed) => (typed === '' || typed.endsWith('/') ? typed : `${typed}/`));

/** Also those of other services than AWS, such as `auto` and `fr-par`. */
const region = text.refine(
  (name) => /^[a-z0-9-]+$/.test(name),
  'must be the name of a region, such as us-east-1',
);

const endpoint = parsedText((typed) => {
  const parsed = parseSecureUrl(typed, 'https://s3.example.com');
  return 'problem' in parsed || parsed.url.pathname === '/'
    ? parsed
    : { problem: 'must not contain a path: write the bucket in bucket, and the rest in prefix' };
}).transform(({ url }) => url.origin);

export const S3_SECTION = mapping(
  {
    bucket: documented(bucket, { type: 'string', meaning: 'the bucket; it must exist' }),
    prefix: documented(prefix.default('cohort-export/'), {
      type: 'string',
      meaning: 'what all keys begin with; `""` for the whole bucket',
    }),
    region: documented(region.default('us-east-1'), {
      type: 'string',
      meaning: 'the region of the bucket',
    }),
    endpoint: documented(endpoint.optional(), {
      type: 'URL',
      default: "AWS's of the region",
      meaning: 'the URL of an S3-compatible service; https, or http on a loopback host',
    }),
    forcePathStyle: documented(flag.default(false), {
      type: 'boolean',
      meaning:
        'the bucket is in the path of a URL, not in its host name; most services besides AWS need it',
    }),
    kmsKey: documented(text.optional(), {
      type: 'string',
      default: "the bucket's own encryption",
      meaning: 'the id or ARN of a KMS key that all objects are encrypted with (SSE-KMS)',
    }),
    checksums: documented(
      z.enum(['always', 'whenRequired'], 'must be always or whenRequired').default('always'),
      {
        type: '`always` or `whenRequired`',
        meaning:
          '`whenRequired` is for services that refuse the checksums (CRC) of newer clients. What is read is compared with the manifest in any case',
      },
    ),
  },
  EXAMPLE,
);

/** Of which objects; plain data. */
export type S3Settings = z.output<typeof S3_SECTION>;
