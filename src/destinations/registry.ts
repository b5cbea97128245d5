import type { DestinationType } from '../domain/destination-port.ts';
import { braze } from './braze/destination.ts';

/** Every type of destination; the only list of them. An export that names none uses the first. */
export const DESTINATIONS: readonly DestinationType[] = [braze];
