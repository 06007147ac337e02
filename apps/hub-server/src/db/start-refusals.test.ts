import { expect, test } from 'vitest';

import { refuseOldServer } from './start-refusals.ts';

const serverOf = (number: number, version: string) => ({
  rows: async <Row>(): Promise<readonly Row[]> => [{ number, version } as Row],
});

test('a server before Postgres 17 is refused with its version; 17 is none', async () => {
  await expect(refuseOldServer(serverOf(160_009, '16.9'))).rejects.toThrow(
    'A hub needs Postgres 17 or later, and the server of DATABASE_URL is 16.9. Nothing was changed.',
  );
  await expect(refuseOldServer(serverOf(170_000, '17.0'))).resolves.toBeUndefined();
});
