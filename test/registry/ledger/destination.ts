import type { z } from 'zod';
import { duration, mapping, parsedText, text } from '../../../src/domain/config-checks.ts';
import type { DestinationType } from '../../../src/domain/destination-port.ts';
import { parseSecureUrl } from '../../../src/http/secure-url.ts';
import { Ledger, type LedgerConnection } from './ledger.ts';

const EXAMPLE = '{ address: …, token: … }';
const REQUEST_TIMEOUT_MS = 60_000;

const fields = mapping(
  {
    address: parsedText((typed) => parseSecureUrl(typed, 'https://ledger.example.com')),
    token: text,
    patience: duration.prefault('1h'),
  },
  EXAMPLE,
);

/** Pages of a Ledger: a made-up destination that is as unlike Braze as it can be. */
export const ledger: DestinationType<z.output<typeof fields>, LedgerConnection> = {
  type: 'ledger',
  defaultConnection: 'books',
  section: { fields, example: EXAMPLE },
  format: new URL('./request-format.ts', import.meta.url),
  connection: ({ address, token, patience }, { proxy }) => ({
    origin: address.url.origin,
    token,
    patienceMs: patience,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    proxy,
  }),
  connect: (connection, onResponse) => new Ledger(connection, onResponse),
};
