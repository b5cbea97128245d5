// `npm run schedule -- COMMAND`: schedules in Treasure Data's cron dialect, on Temporal's schedules.
import { runProgram } from '../command-line/run-program.ts';
import { SCHEDULE_PROGRAM } from './commands/program.ts';

await runProgram(SCHEDULE_PROGRAM);
