/** Behind each test, in front of what its file does then: where it failed, whoever reads its output sees what stood on the screens. */
import { afterEach } from 'vitest';

import { whatPagesShow } from './screens.ts';

afterEach(async ({ task }) => {
  if (task.result?.state !== 'fail') return;
  for (const text of await whatPagesShow()) process.stderr.write(`${text}\n`);
});
