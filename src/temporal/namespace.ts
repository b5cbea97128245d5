import type { NativeConnection } from '@temporalio/worker';
import type { NamespaceId } from '../domain/staging-port.ts';
import { explainTemporal } from './explain.ts';
import type { TemporalSettings } from './settings.ts';

/** Temporal's own id of the namespace, which no other Temporal has. @throws TemporalError */
export async function identifyNamespace(
  connection: NativeConnection,
  settings: TemporalSettings,
): Promise<NamespaceId> {
  const { namespace } = settings;
  try {
    const { namespaceInfo } = await connection.workflowService.describeNamespace({ namespace });
    return { namespace, namespaceId: namespaceInfo?.id ?? '' };
  } catch (error) {
    throw explainTemporal(error, settings);
  }
}
