import { Context } from '@temporalio/activity';
import { ScheduleNotFoundError } from '@temporalio/client';

/** Pauses a schedule with a note; one that is gone needs none. */
export function createPauseSchedule() {
  return async (scheduleId: string, note: string): Promise<void> => {
    try {
      await Context.current().client.schedule.getHandle(scheduleId).pause(note);
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
  };
}
