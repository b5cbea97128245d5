import { ExportError } from '../../src/domain/failures.ts';
import type { OpenSource } from '../../src/domain/source-port.ts';

/** A source that fails, and then cannot be closed either. */
export const openSource: OpenSource<object> = async () => ({
  query: '',
  columns: [{ name: 'user_ids', type: 'VARCHAR' }],
  read: async () => {
    throw new ExportError('QueryFailed', 'The first failure.');
  },
  [Symbol.asyncDispose]: async () => {
    throw new TypeError('the second one');
  },
});
