import type { z } from 'zod';
import { mapping, parsedText, text } from '../../domain/config-fields.ts';
import type { SectionSchema } from '../../domain/connection-type.ts';
import { parseEndpoint } from './endpoint.ts';

const EXAMPLE = '{ apiKey: … }';
const fields = mapping(
  {
    endpoint: parsedText(parseEndpoint).prefault('https://api.treasuredata.com'),
    apiKey: text,
  },
  EXAMPLE,
);

export type TreasureDataSection = z.output<typeof fields>;

export const treasureDataSection: SectionSchema = { fields, example: EXAMPLE };
