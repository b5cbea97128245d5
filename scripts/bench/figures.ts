import { measureActions } from './actions.ts';
import type { Measure } from './bench.ts';
import type { FigureName } from './goals.ts';
import { measureKill } from './kill.ts';
import { measureLanes, measureMixed, measureSlow } from './lanes.ts';
import { measureMany } from './many.ts';
import { measureMemory } from './memory.ts';
import { measureRate } from './rate.ts';
import { measureResult } from './result.ts';
import { measureS3 } from './s3.ts';
import { measureScript } from './script.ts';
import { measureSmall } from './small.ts';
import { measureStaging } from './staging.ts';
import { measureWaiting } from './waiting.ts';

/** How each figure is measured. */
export const MEASURES: Readonly<Record<FigureName, Measure>> = {
  small: measureSmall,
  lanes: measureLanes,
  'lanes-mixed': measureMixed,
  latency: measureSlow,
  script: measureScript,
  memory: measureMemory,
  actions: measureActions,
  waiting: measureWaiting,
  kill: measureKill,
  rate: measureRate,
  many: measureMany,
  staging: measureStaging,
  result: measureResult,
  s3: measureS3,
};
