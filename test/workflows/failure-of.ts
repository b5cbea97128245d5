import type { WorkflowFailedError, WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { expect } from 'vitest';

/** Why a workflow failed. A stack in what is expected would push the type and the message out of sight. */
export async function failureOf(handle: WorkflowHandle): Promise<ApplicationFailure> {
  try {
    await handle.result();
  } catch (error) {
    const { cause } = error as WorkflowFailedError;
    expect(cause).toBeInstanceOf(ApplicationFailure);
    const failure = cause as ApplicationFailure;
    if (failure.type !== 'Internal') expect(failure.stack).toBe('');
    return failure;
  }
  throw new Error('the export did not fail');
}
