/** What the lists show, as queries of Temporal; docs/web-ui.md has them as links. */
export const LISTS = {
  all: 'WorkflowType = "exportCohort"',
  rejected: 'WorkflowType = "exportCohort" AND CohortRowsRejected > 0',
} as const;

/** Links into Temporal's Web UI. */
export class WebUi {
  readonly #namespace: string;

  constructor(uiUrl: string, namespace: string) {
    this.#namespace = `${uiUrl}/namespaces/${encodeURIComponent(namespace)}`;
  }

  get schedules(): string {
    return `${this.#namespace}/schedules`;
  }

  run(workflowId: string, runId: string): string {
    return `${this.#namespace}/workflows/${encodeURIComponent(workflowId)}/${runId}`;
  }

  list(query: string): string {
    return `${this.#namespace}/workflows?${new URLSearchParams({ query })}`;
  }

  /** It takes over the input of the latest export. */
  startForm(taskQueue: string): string {
    const query = new URLSearchParams({ taskQueue, workflowType: 'exportCohort' });
    return `${this.#namespace}/workflows/start-workflow?${query}`;
  }
}
