import { expect, test } from 'vitest';

import { startTestHub } from '../testing/test-hub.ts';
import type { ApiDocument } from './openapi.ts';
import { writeClient } from './typed-client.ts';

test('the console’s client says what the hub’s document does', async () => {
  const hub = await startTestHub();
  const document = await hub.json<ApiDocument>('/api/v1/openapi.json');
  await hub.close();
  await expect(writeClient(document)).toMatchFileSnapshot('../../console/hub-api.ts');
});
