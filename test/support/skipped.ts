import type { Reporter, TestCase, TestModule, Vitest } from 'vitest/node';

/** Says at the end which tests were skipped, and why: the others only count them. */
export class Skipped implements Reporter {
  #vitest: Vitest | undefined;

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onTestRunEnd(modules: readonly TestModule[]): void {
    // With a pattern most are left out on purpose.
    if (this.#vitest?.config.testNamePattern !== undefined) return;
    for (const module of modules) {
      for (const test of module.children.allTests('skipped')) {
        this.#vitest?.logger.log(
          `skipped: ${module.relativeModuleId} > ${test.fullName}: ${why(test)}`,
        );
      }
    }
  }
}

function why(test: TestCase): string {
  const result = test.result();
  return (result.state === 'skipped' && result.note) || 'it gives no reason';
}
