import fc from 'fast-check';
import { expect } from 'vitest';
import { startSandbox } from '../../../sandbox/server.ts';
import { braze } from '../../../src/destinations/braze/destination.ts';
import type { DestinationHarness, Fault } from '../destination-harness.ts';
import { destinationSuite } from '../destination-suite.ts';
import type { Members } from '../members.ts';

destinationSuite({
  type: braze,
  name: 'Braze',
  hasNames: true,
  identifier: fc
    .string({ unit: 'binary', minLength: 1, maxLength: 40 })
    .filter((text) => text.trim() !== '' && text.isWellFormed()),
  // As JSON each of these takes six bytes, which is the most that a character can.
  longest: (index) => String(index).padStart(987, '\u0001'),
  refused: ['x'.repeat(988), 'é'.repeat(494)],
  start,
});

async function start(): Promise<DestinationHarness> {
  const sandbox = await startSandbox();
  const control = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(`${sandbox.url}/sandbox/${path}`, {
      method,
      ...(body && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
    });
    expect(response.status, `${method} ${path}`).toBeLessThan(300);
    return await response.json();
  };
  const { partnerName, partnerApiKey, dataImportKey } = sandbox.braze;
  const section = (restEndpoint: string) => {
    return { restEndpoint, partnerName, partnerApiKey, dataImportKey };
  };
  const wrongCredential = { ...section(sandbox.url), dataImportKey: '7f3ab0c2-not-the-key' };
  return {
    url: sandbox.url,
    section,
    wrongCredential,
    secrets: [partnerApiKey, dataImportKey, '7f3ab0c2-not-the-key'],
    impatient: (connection, requestTimeoutMs) => ({ ...connection, requestTimeoutMs }),
    misbehave: async (fault) => {
      await control('POST', 'faults', faultOf(fault));
    },
    hasRequest: async () => {
      const inFlight = async () =>
        ((await control('GET', 'stats')) as { readonly inFlight: number }).inFlight;
      await expect.poll(inFlight).toBe(1);
    },
    members: async (cohortId) => {
      const { userIds, deviceIds, aliases } = (await control(
        'GET',
        `cohorts/${encodeURIComponent(cohortId)}/members`,
      )) as SandboxMembers;
      return {
        userIds,
        deviceIds,
        aliases: aliases.map(({ alias_label: label, alias_name: name }) => ({ label, name })),
      };
    },
    [Symbol.asyncDispose]: () => sandbox.close(),
  };
}

type SandboxMembers = Omit<Members, 'aliases'> & {
  readonly aliases: readonly { readonly alias_label: string; readonly alias_name: string }[];
};

/** A fault as the sandbox takes it. */
function faultOf(fault: Fault): object {
  switch (fault.kind) {
    case 'rejects':
      return { kind: 'status', status: 400, body: { message: fault.words } };
    case 'is unavailable': {
      const { waitSeconds } = fault;
      const headers = waitSeconds === null ? {} : { 'retry-after': String(waitSeconds) };
      return { kind: 'status', status: 503, headers };
    }
    case 'redirects':
      return { kind: 'status', status: 302, headers: { location: fault.to } };
    case 'is slow':
      return { kind: 'latency', ms: fault.ms };
    case 'hangs':
      return { kind: 'hang' };
    case 'resets':
      return { kind: 'reset' };
  }
}
