import { Context } from '@temporalio/activity';

/** Often enough that a cancel is noticed within seconds; the SDK sends fewer to Temporal. */
const HEARTBEAT_EVERY_MS = 1_000;

/** Keeps telling Temporal that the activity lives, with the details of the moment. */
export function startHeartbeats(details: () => unknown): Disposable {
  const context = Context.current();
  context.heartbeat(details());
  const timer = setInterval(() => context.heartbeat(details()), HEARTBEAT_EVERY_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
