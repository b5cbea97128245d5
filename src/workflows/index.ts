export { cohortQueue } from './cohort-queue.ts';
export { exportCohort } from './export-cohort.ts';
