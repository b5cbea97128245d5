import type fc from 'fast-check';
import type { DestinationType } from '../../src/domain/destination-port.ts';
import type { Section } from '../support/connection-type.ts';
import type { Members } from './members.ts';

/** What the service does with the next request. */
export type Fault =
  /** It refuses, with these words, in a way that no retry cures. */
  | { readonly kind: 'rejects'; readonly words: string }
  | { readonly kind: 'is unavailable'; readonly waitSeconds: number | null }
  | { readonly kind: 'hangs' }
  | { readonly kind: 'is slow'; readonly ms: number }
  | { readonly kind: 'resets' }
  | { readonly kind: 'redirects'; readonly to: string };

/** A service to send to, for one test. */
export interface DestinationHarness extends AsyncDisposable {
  readonly url: string;
  /** A connection to it, as the configuration has it; `url` is where it leads. */
  section(url: string): Section;
  /** The same with a credential that the service does not know. */
  readonly wrongCredential: Section;
  /** No message may hold one. */
  readonly secrets: readonly string[];
  /** The connection that gives up a request after so long. */
  impatient(connection: object, timeoutMs: number): object;
  misbehave(fault: Fault): Promise<void>;
  /** Resolves once the service has a request that it has not answered. */
  hasRequest(): Promise<void>;
  members(cohortId: string): Promise<Members>;
}

export interface DestinationUnderTest {
  readonly type: DestinationType;
  /** What its failure types begin with. */
  readonly name: string;
  /** False where `nameCohort` sends nothing. */
  readonly hasNames: boolean;
  /** Identifiers that it takes. */
  readonly identifier: fc.Arbitrary<string>;
  /** The `index`th identifier of those that take most room in a request. */
  longest(index: number): string;
  /** Identifiers that it refuses. */
  readonly refused: readonly string[];
  start(): Promise<DestinationHarness>;
}
