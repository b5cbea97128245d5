import { resolve } from 'node:path';
import { z } from 'zod';
import { text as configText, mapping } from '../../../src/domain/config-checks.ts';
import { integer, must, text } from '../../../src/domain/input-checks.ts';
import type { SourceType } from '../../../src/domain/source-port.ts';
import type { JsonFileRead } from './reader.ts';

const EXAMPLE = '{ folder: ./tables }';
const MOST_TIMES = 1_000_000_000;
const fields = mapping({ folder: configText }, EXAMPLE);

const file = z.strictObject({
  type: z.literal('jsonFiles'),
  connection: text(),
  file: z.string(must('the name of a file')).regex(/^[^/]+\.jsonl$/, 'must be a name in .jsonl'),
  times: integer(1, MOST_TIMES).default(1),
});

interface JsonFilesConnection {
  readonly folder: string;
}

/** Tables in files of JSON lines: a made-up source without SQL, without jobs and without an engine. */
export const jsonFiles: SourceType<
  z.output<typeof file>,
  z.output<typeof fields>,
  JsonFilesConnection
> = {
  type: 'jsonFiles',
  defaultConnection: 'files',
  section: { fields, example: EXAMPLE },
  input: { forms: { file }, example: '{"type": "jsonFiles", "file": "members.jsonl"}' },
  reader: new URL('./reader.ts', import.meta.url),
  connection: ({ folder }, { baseDirectory }) => ({ folder: resolve(baseDirectory, folder) }),
  readData: (spec, { folder }): JsonFileRead => ({
    path: resolve(folder, spec.file),
    times: spec.times,
  }),
};
