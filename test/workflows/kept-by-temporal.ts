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
  return JSON.stringify(kept, (_key, value: unknown) =>
    value instanceof Uint8Array ? Buffer.from(value).toString() : value,
  );
}
