import type { DestinationType } from '../domain/destination-port.ts';
import { braze } from './braze/destination.ts';

/**
 * Every type of destination. All else that knows of them reads it here. An export that names none
 * means the first.
 */
export const DESTINATIONS: readonly DestinationType[] = [braze];
