export { cohortLock } from './cohort-lock.ts';
export { exportCohort } from './export-cohort.ts';
export { scheduleFailures } from './schedule-failures.ts';
