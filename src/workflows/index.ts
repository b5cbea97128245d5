export { cohortQueue } from './cohort-queue.ts';
export { exportCohort } from './export-cohort.ts';
export { scheduleFailures } from './schedule-failures.ts';
