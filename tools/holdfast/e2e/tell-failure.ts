/** In front of each test: where it fails, whoever reads its output sees what stood on the screens. */
import { beforeEach } from 'vitest';

import { whatPagesShow } from './screens.ts';

beforeEach(({ onTestFailed }) => {
  onTestFailed(async () => {
    for (const text of await whatPagesShow()) process.stderr.write(`${text}\n`);
  });
});
