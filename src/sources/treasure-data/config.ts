import type { z } from 'zod';
import { mapping, parsedText, text } from '../../domain/config-checks.ts';
import type { SectionSchema } from '../../domain/connection-type.ts';
import { documented } from '../../domain/field-docs.ts';
import { parseEndpoint } from './endpoint.ts';

const EXAMPLE = '{ apiKey: … }';
const fields = mapping(
  {
    endpoint: documented(parsedText(parseEndpoint).prefault('https://api.treasuredata.com'), {
      type: 'URL',
      meaning: "the API of the account's region; https, or http on a loopback host",
    }),
    apiKey: documented(text, {
      type: 'string',
      meaning: 'an API key whose user may run the queries of the exports',
    }),
  },
  EXAMPLE,
);

export type TreasureDataSection = z.output<typeof fields>;

export const treasureDataSection: SectionSchema = { fields, example: EXAMPLE };
