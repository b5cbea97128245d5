import { BaseSequencer, type TestSpecification } from 'vitest/node';

/**
 * Projects start in the order of the configuration, not of their names; in each the files that took
 * longest the last time are first. What waits begins early, and the rest fills the waiting.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const projects = this.ctx.projects.map(({ name }) => name);
    const place = ({ project }: TestSpecification) => projects.indexOf(project.name);
    return (await super.sort(files)).toSorted((a, b) => place(a) - place(b));
  }
}
