import {
  AbortMultipartUploadCommand,
  type CompletedPart,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  type S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { type Condition, conditions, withoutConflicts } from './conditions.ts';

/** An object that is written in parts, each of at least 5 MiB but for the last. */
export interface Upload {
  add(body: Buffer): Promise<void>;
  /** Adds the object that has this key now, if it still is the one with that tag. */
  copySelf(etag: string): Promise<void>;
  complete(condition?: Condition): Promise<void>;
  abort(): Promise<void>;
}

type Ask = <R>(command: (client: S3Client) => Promise<R>) => Promise<R>;

/** @param isChecked whether parts carry a checksum */
export async function startUpload(
  ask: Ask,
  object: { readonly Bucket: string; readonly Key: string },
  encryption: object,
  isChecked: boolean,
): Promise<Upload> {
  const checksum = isChecked ? { ChecksumAlgorithm: 'CRC32' as const } : {};
  // Of the whole object, not of its parts: so it can become a part of the next one.
  const type = isChecked ? { ChecksumType: 'FULL_OBJECT' as const } : {};
  const input = { ...object, ...encryption, ...checksum, ...type };
  const { UploadId } = await ask((client) => client.send(new CreateMultipartUploadCommand(input)));
  const upload = { ...object, UploadId };
  const parts: CompletedPart[] = [];
  const next = () => ({ ...upload, PartNumber: parts.length + 1 });
  const done = ({ ETag, ChecksumCRC32 }: Omit<CompletedPart, 'PartNumber'>) => {
    const part = { PartNumber: parts.length + 1, ...(ChecksumCRC32 && { ChecksumCRC32 }) };
    parts.push({ ...part, ...(ETag && { ETag }) });
  };
  return {
    add: async (body) => {
      const part = { ...next(), ...checksum, Body: body };
      done(await ask((client) => client.send(new UploadPartCommand(part))));
    },
    copySelf: async (etag) => {
      const source = encodeURI(`${object.Bucket}/${object.Key}`);
      const part = { ...next(), CopySource: source, CopySourceIfMatch: etag };
      const { CopyPartResult } = await ask((client) =>
        client.send(new UploadPartCopyCommand(part)),
      );
      done(CopyPartResult ?? {});
    },
    complete: async (condition) => {
      const whole = { ...upload, ...conditions(condition), MultipartUpload: { Parts: parts } };
      const complete = () =>
        ask((client) => client.send(new CompleteMultipartUploadCommand(whole)));
      await withoutConflicts(complete);
    },
    abort: async () => {
      await ask((client) => client.send(new AbortMultipartUploadCommand(upload)));
    },
  };
}
