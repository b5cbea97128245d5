import fc from 'fast-check';
import { expect } from 'vitest';
import type { DestinationHarness, Fault } from '../destinations/destination-harness.ts';
import { destinationSuite } from '../destinations/destination-suite.ts';
import { ledger } from './ledger/destination.ts';
import { type Answer, startLedger } from './ledger/ledger-service.ts';

const DIGITS = [...'0123456789ABCDEF'];

destinationSuite({
  type: ledger,
  name: 'Ledger',
  hasNames: false,
  identifier: fc.string({ unit: fc.constantFrom(...DIGITS), minLength: 1, maxLength: 64 }),
  longest: (index) => index.toString(16).toUpperCase().padStart(64, '0'),
  refused: ['0a', 'G', 'F'.repeat(65), 'alice@example.com', ' 0', '0\n1'],
  start,
});

async function start(): Promise<DestinationHarness> {
  const service = await startLedger();
  let unanswered = 0;
  const answerOf =
    (fault: Fault): Answer =>
    (request, response, goOn) => {
      unanswered += 1;
      if (fault.kind === 'rejects') response.writeHead(400).end(fault.words);
      else if (fault.kind === 'is unavailable') {
        if (fault.waitSeconds !== null) response.setHeader('retry-after', fault.waitSeconds);
        response.writeHead(503).end();
      } else if (fault.kind === 'redirects') response.writeHead(302, { location: fault.to }).end();
      else if (fault.kind === 'resets') request.socket.resetAndDestroy();
      else if (fault.kind === 'is slow') setTimeout(goOn, fault.ms);
    };
  return {
    url: service.url,
    section: (address) => ({ address, token: service.token }),
    wrongCredential: { address: service.url, token: 'another-token' },
    secrets: [service.token, 'another-token'],
    impatient: (connection, requestTimeoutMs) => ({ ...connection, requestTimeoutMs }),
    misbehave: async (fault) => service.answerNext(answerOf(fault)),
    hasRequest: () => expect.poll(() => unanswered).toBe(1),
    members: async (page) => service.members(page),
    [Symbol.asyncDispose]: () => service[Symbol.asyncDispose](),
  };
}
