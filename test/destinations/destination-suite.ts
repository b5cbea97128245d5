import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Batch, Batcher } from '../../src/domain/batches.ts';
import type {
  Destination,
  Operation,
  RequestControl,
  RequestFormat,
} from '../../src/domain/destination-port.ts';
import { DESTINATION_FAILURES, ExportError, type Retry } from '../../src/domain/failures.ts';
import { connectionOf, itHasASection } from '../support/connection-type.ts';
import { closedPort, startCounter } from '../support/servers.ts';
import type { DestinationHarness, DestinationUnderTest, Fault } from './destination-harness.ts';
import { follow } from './follow.ts';
import { type Cell, COLUMNS, distinct, membersOf, sorted } from './members.ts';

const never: RequestControl = { signal: new AbortController().signal };
const cohort = { cohortId: 'vip "1"/ä', cohortName: 'VIP', createdAt: '2026-11-21T12:00:00.000Z' };

/** What every destination must do; `start` gives each test a service of its own. */
export function destinationSuite(under: DestinationUnderTest): void {
  const { type, name } = under;
  let service: DestinationHarness;
  let format: RequestFormat;
  let responses: (number | null)[];
  let opened: Destination[];

  beforeEach(async () => {
    service = await under.start();
    ({ requestFormat: format } = (await import(type.format.href)) as {
      requestFormat: RequestFormat;
    });
    responses = [];
    opened = [];
  });
  afterEach(async () => {
    await service[Symbol.asyncDispose]();
    await Promise.all(opened.map((destination) => destination[Symbol.asyncDispose]()));
  });

  const connect = (section = service.section(service.url), timeoutMs?: number): Destination => {
    const connection = connectionOf(type, section);
    const patient = timeoutMs === undefined ? connection : service.impatient(connection, timeoutMs);
    const destination = type.connect(patient, (status) => responses.push(status));
    opened.push(destination);
    return destination;
  };
  const batchesOf = (cells: readonly Cell[]): Batch[] => {
    const batches: Batch[] = [];
    const batcher = new Batcher(COLUMNS, format.limits, (batch) => batches.push(batch));
    for (const [column, identifier] of cells) batcher.add(column, identifier);
    batcher.flush();
    return batches;
  };
  const payload = (batch: Batch, operation: Operation = 'APPEND') =>
    Buffer.from(format.encode(batch, operation));
  const send = async (destination: Destination, cells: readonly Cell[], operation?: Operation) => {
    for (const batch of batchesOf(cells)) {
      await destination.changeMembers(cohort.cohortId, payload(batch, operation), never);
    }
  };
  const sendOne = (destination: Destination, request = never) =>
    destination.changeMembers(cohort.cohortId, payload(oneUser(under.longest(1))), request);

  /** The failure of a call, which shows neither a credential nor an identifier. */
  const failureOf = async (call: Promise<unknown>): Promise<ExportError> => {
    const failure = await call.then(
      () => expect.unreachable('the request was accepted'),
      (error: unknown) => error,
    );
    expect(failure).toBeInstanceOf(ExportError);
    const { type: failureType, message } = failure as ExportError;
    expect(DESTINATION_FAILURES.map((ending) => name + ending)).toContain(failureType);
    for (const secret of [...service.secrets, under.longest(1)]) {
      expect(message).not.toContain(secret);
    }
    return failure as ExportError;
  };
  /** Every way to send a request. */
  const calls = (destination: Destination): ((request?: RequestControl) => Promise<unknown>)[] => [
    ...(under.hasNames ? [(request = never) => destination.nameCohort(cohort, request)] : []),
    (request = never) => sendOne(destination, request),
  ];

  describe(`the destination ${type.type}`, () => {
    itHasASection(type, () => service.section(service.url));

    it('names a cohort, adds members and removes them', async () => {
      const destination = connect();
      expect(await destination.nameCohort(cohort, never)).toBeNull();
      const all = COLUMNS.map((_, column): Cell => [column, under.longest(column)]);
      await send(destination, all);
      expect(membersOf(all)).toEqual(sorted(await service.members(cohort.cohortId)));
      await send(destination, all.slice(1), 'REMOVE');
      expect(membersOf(all.slice(0, 1))).toEqual(sorted(await service.members(cohort.cohortId)));
      expect(responses).toHaveLength(under.hasNames ? 3 : 2);
      for (const status of responses) expect(String(status)).toMatch(/^2\d\d$/);
    });

    it.each(COLUMNS.map((_, column) => column))(
      'takes as many identifiers of column %i in a request as its limit says',
      async (column) => {
        const destination = connect();
        await destination.nameCohort(cohort, never);
        const { identifiers } = format.limits;
        const cells = distinct(under.identifier, identifiers).map((id): Cell => [column, id]);
        expect(batchesOf(cells)).toHaveLength(1);
        responses = [];
        await send(destination, cells);
        expect(responses).toHaveLength(1);
        expect(membersOf(cells)).toEqual(sorted(await service.members(cohort.cohortId)));
      },
    );

    it('accepts requests with the longest identifiers', async () => {
      const destination = connect();
      await destination.nameCohort(cohort, never);
      const cells = Array.from({ length: format.limits.identifiers + 1 }, (_, index): Cell => {
        return [index % COLUMNS.length, under.longest(index)];
      });
      await send(destination, cells);
      expect(membersOf(cells)).toEqual(sorted(await service.members(cohort.cohortId)));
    });

    it('accepts every request that its format makes of valid identifiers', async () => {
      const destination = connect();
      await destination.nameCohort(cohort, never);
      const cell = fc.tuple(fc.nat(COLUMNS.length - 1), under.identifier);
      const maxLength = 3 * format.limits.identifiers;
      await fc.assert(
        fc.asyncProperty(fc.array(cell, { maxLength, size: 'max' }), async (cells) => {
          await send(destination, cells);
          expect(sorted(await service.members(cohort.cohortId))).toEqual(membersOf(cells));
          await send(destination, cells, 'REMOVE');
          expect(await service.members(cohort.cohortId)).toEqual(membersOf([]));
        }),
        // Shrinking would send thousands of requests, and begin with what the failed one left.
        { numRuns: 8, endOnFailure: true },
      );
    });

    it('decodes what it encodes, in its order', () => {
      const cell = fc.tuple(fc.nat(COLUMNS.length - 1), under.identifier);
      const operation = fc.constantFrom('APPEND' as const, 'REMOVE' as const);
      fc.assert(
        fc.property(fc.array(cell, { minLength: 1 }), operation, (cells, of) => {
          for (const batch of batchesOf(cells)) {
            expect(format.decode(payload(batch, of))).toEqual({ batch, operation: of });
          }
        }),
      );
      expect(connect().format).toBe(format);
    });

    it('rejects the identifiers that its service rejects', async () => {
      fc.assert(
        fc.property(under.identifier, (identifier) => {
          expect(format.identifierProblem(identifier)).toBeNull();
        }),
      );
      expect(format.identifierProblem(under.longest(0))).toBeNull();
      const destination = connect();
      await destination.nameCohort(cohort, never);
      for (const identifier of under.refused) {
        const problem = format.identifierProblem(identifier) ?? expect.unreachable(identifier);
        expect(problem).toMatch(/^(is|must|has) /);
        expect(problem).not.toContain(identifier);
        const call = destination.changeMembers(
          cohort.cohortId,
          payload(oneUser(identifier)),
          never,
        );
        expect((await failureOf(call)).type).toBe(`${name}Rejected`);
      }
    });

    it('is unauthorized with a wrong credential', async () => {
      for (const call of calls(connect(service.wrongCredential))) {
        const failure = await failureOf(call());
        expect(failure).toMatchObject({ type: `${name}Unauthorized`, retry: 'never' });
      }
    });

    const answers: readonly [fault: Fault, ending: string, retry: Retry][] = [
      [{ kind: 'rejects', words: 'no' }, 'Rejected', 'never'],
      [{ kind: 'is unavailable', waitSeconds: null }, 'Unavailable', 'backoff'],
      [{ kind: 'is unavailable', waitSeconds: 7 }, 'Unavailable', { afterMs: 7_000 }],
      [{ kind: 'hangs' }, 'Unavailable', 'backoff'],
      [{ kind: 'resets' }, 'Unavailable', 'backoff'],
    ];
    it.each(answers)('fails where its service %j: %s, retry %j', async (fault, ending, retry) => {
      const timeoutMs = fault.kind === 'hangs' ? 300 : undefined;
      for (const call of calls(connect(undefined, timeoutMs))) {
        await service.misbehave(fault);
        expect(await failureOf(call())).toMatchObject({ type: name + ending, retry });
      }
      const isAnswered = fault.kind === 'rejects' || fault.kind === 'is unavailable';
      for (const status of responses) {
        expect(status).toEqual(isAnswered ? expect.any(Number) : null);
      }
      expect(responses).toHaveLength(calls(connect()).length);
    });

    it('repeats neither a credential nor an identifier from a response', async () => {
      const words = ['no', ...service.secrets, under.longest(1)].join(' ');
      for (const call of calls(connect())) {
        await service.misbehave({ kind: 'rejects', words });
        expect((await failureOf(call())).type).toBe(`${name}Rejected`);
      }
    });

    it('fails where nothing listens', async () => {
      const url = `http://127.0.0.1:${await closedPort()}`;
      for (const call of calls(connect(service.section(url)))) {
        const failure = await failureOf(call());
        expect(failure).toMatchObject({ type: `${name}Unavailable`, retry: 'backoff' });
        expect(failure.message).toContain('ECONNREFUSED');
      }
    });

    it('follows no redirect, which would take the credentials elsewhere', async () => {
      await using elsewhere = await startCounter();
      for (const call of calls(connect())) {
        await service.misbehave({ kind: 'redirects', to: `${elsewhere.url}/there` });
        expect(await failureOf(call())).toMatchObject({ type: `${name}Rejected`, retry: 'never' });
      }
      expect(elsewhere.requests()).toBe(0);
    });

    it('ends a request with the reason of its signal', async () => {
      const reason = new Error('cancelled');
      const destination = connect();
      await expect(sendOne(destination, { signal: AbortSignal.abort(reason) })).rejects.toBe(
        reason,
      );
      await service.misbehave({ kind: 'hangs' });
      const abort = new AbortController();
      const call = sendOne(destination, abort);
      await service.hasRequest();
      abort.abort(reason);
      await expect(call).rejects.toBe(reason);
      expect(responses).toEqual([]);
    });

    it('lets a request that has left end, whatever would have kept it from leaving', async () => {
      const destination = connect();
      await destination.nameCohort(cohort, never);
      await service.misbehave({ kind: 'is slow', ms: 500 });
      const untilSent = new AbortController();
      const batch = payload(oneUser(under.longest(1)));
      const call = destination.changeMembers(cohort.cohortId, batch, {
        ...never,
        untilSent: untilSent.signal,
      });
      await service.hasRequest();
      untilSent.abort(new Error('draining'));
      expect(await call).toBeNull();
      expect((await service.members(cohort.cohortId)).userIds).toEqual([under.longest(1)]);
    });

    it.each<[fault: Fault | null, events: string[]]>([
      [null, ['sent', 'answered']],
      [{ kind: 'rejects', words: 'no' }, ['sent', 'answered']],
      [{ kind: 'is unavailable', waitSeconds: null }, ['sent', 'answered']],
      [{ kind: 'hangs' }, ['sent']],
      [{ kind: 'resets' }, ['sent']],
    ])('tells of a request in flight where its service has the fault %j: %j', async (...each) => {
      const [fault, events] = each;
      const timeoutMs = fault?.kind === 'hangs' ? 300 : undefined;
      for (const call of calls(connect(undefined, timeoutMs))) {
        if (fault !== null) await service.misbehave(fault);
        const { told, inFlight } = follow();
        await call({ ...never, inFlight }).catch(() => undefined);
        expect(told).toEqual(events);
      }
    });

    it('tells of no request that does not leave', async () => {
      const { told, inFlight } = follow();
      const url = `http://127.0.0.1:${await closedPort()}`;
      for (const call of calls(connect(service.section(url)))) {
        await failureOf(call({ ...never, inFlight }));
      }
      expect(told).toEqual([]);
    });

    it('gives up after the configured time', () => {
      const { giveUp } = connect();
      expect(giveUp.afterMs).toBeGreaterThan(60_000);
      if (giveUp.setting === null) return;
      const { section, url } = service;
      expect(connect({ ...section(url), [giveUp.setting]: '90m' }).giveUp.afterMs).toBe(5_400_000);
    });

    it('lets a request finish before it is disposed of', async () => {
      const destination = connect();
      await destination.nameCohort(cohort, never);
      await service.misbehave({ kind: 'is slow', ms: 500 });
      const call = sendOne(destination);
      await service.hasRequest();
      opened = [];
      await destination[Symbol.asyncDispose]();
      expect(await call).toBeNull();
      expect((await service.members(cohort.cohortId)).userIds).toEqual([under.longest(1)]);
    });
  });
}

function oneUser(identifier: string): Batch {
  return { userIds: [identifier], deviceIds: [], aliases: [] };
}
