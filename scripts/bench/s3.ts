import { startS3Server } from '../versitygw/server.ts';
import { type Measure, observe, times } from './bench.ts';
import type { Exporter, S3Staging } from './exporter.ts';
import { ratios } from './judge.ts';
import { peakOf } from './memory.ts';

const BUCKET = 'bench';

/** The same exports through a bucket of a real S3 server on this machine and through a directory, in turns. */
export const measureS3: Measure = async (bench) => {
  await using server = await startS3Server();
  await server.createBucket(BUCKET);
  const { endpoint, region, accessKeyId, secretAccessKey } = server;
  const s3: S3Staging = {
    settings: { bucket: BUCKET, region, endpoint, forcePathStyle: true },
    credentials: { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey },
  };
  const { rows } = bench.sizes.s3;
  const compare = (directory: Exporter, bucket: Exporter) =>
    times(bench, async () => ({
      directory: await peakOf(directory, rows),
      bucket: await peakOf(bucket, rows),
    }));
  const pairs = await bench.withExporter({}, (directory) =>
    bench.withExporter({ s3 }, (bucket) => compare(directory, bucket)),
  );
  const rate = ({ seconds }: { readonly seconds: number }) => rows / seconds;
  return [
    {
      name: 'bucket to directory',
      unit: '',
      values: ratios(
        pairs.map(({ bucket }) => rate(bucket)),
        pairs.map(({ directory }) => rate(directory)),
      ),
    },
    observe('memory over directory', 'MB', pairs, (pair) => pair.bucket.peak - pair.directory.peak),
    observe('rows through the bucket', '/s', pairs, (pair) => rate(pair.bucket)),
    observe('rows through the directory', '/s', pairs, (pair) => rate(pair.directory)),
    observe('peak with the bucket', 'MB', pairs, (pair) => pair.bucket.peak),
    observe('peak with the directory', 'MB', pairs, (pair) => pair.directory.peak),
  ];
};
