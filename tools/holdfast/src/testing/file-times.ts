/** A reporter of Vitest's: how long each file took, with what it loads and its hooks, which the JSON reporter leaves out. Written to the file of `HOLDFAST_FILE_TIMES`. */
import { writeFileSync } from 'node:fs';

import type { Reporter, TestModule } from 'vitest/node';

export type FileTimes = Readonly<Record<string, number>>;

export default class FileTimesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const timesMs: FileTimes = Object.fromEntries(
      modules.map((module) => {
        const { environmentSetupDuration, prepareDuration, collectDuration, setupDuration, duration } = module.diagnostic();
        return [module.moduleId, environmentSetupDuration + prepareDuration + collectDuration + setupDuration + duration];
      }),
    );
    writeFileSync(process.env['HOLDFAST_FILE_TIMES'] ?? '', JSON.stringify(timesMs));
  }
}
