import type { WorkflowHandle } from '@temporalio/client';

/** What a workflow says of itself in the Web UI. */
export async function currentDetails(handle: WorkflowHandle): Promise<string> {
  const metadata = await handle.query<{ currentDetails?: string }>('__temporal_workflow_metadata');
  return metadata.currentDetails ?? '';
}

/** All that Temporal keeps and shows of a run: history, memo, search attributes, current details. */
export async function keptByTemporal(handle: WorkflowHandle): Promise<string> {
  const kept = [
    await handle.fetchHistory(),
    (await handle.describe()).raw,
    await currentDetails(handle),
  ];
  return JSON.stringify(kept, withTexts);
}

/** Temporal's messages make base64 of the data of a payload; here it is the text that it holds. */
function withTexts(key: string, value: unknown): unknown {
  return key === 'data' && typeof value === 'string'
    ? Buffer.from(value, 'base64').toString()
    : value;
}
