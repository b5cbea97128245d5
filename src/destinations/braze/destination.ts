import type { DestinationType } from '../../domain/destination-port.ts';
import { Braze, type BrazeSettings } from './braze.ts';
import { type BrazeSection, brazeConnection, brazeProblems, brazeSection } from './config.ts';

/** Cohorts of Braze, by its partner cohort import API. */
export const braze: DestinationType<BrazeSection, BrazeSettings> = {
  type: 'braze',
  defaultConnection: 'main',
  section: brazeSection,
  format: new URL('./request-format.ts', import.meta.url),
  problems: brazeProblems,
  connection: brazeConnection,
  connect: (connection, onResponse) => new Braze(connection, onResponse),
};
