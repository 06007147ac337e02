/** Price campaigns over HTTP, for whichever database the hub stands on. It has the stores n1, n2 (zone north) and s1 (zone south), and the goods MILK and TEA. */
import { beforeAll, describe, expect, test } from 'vitest';

import type { TestHub } from '../../testing/test-hub.ts';
import type { WholeCampaign } from '../campaigns.ts';

const [ANN, BO, NORA] = ['ann', 'bo', 'nora'];
const PINS: Readonly<Record<string, string>> = { [ANN]: '2580', [BO]: '3690', [NORA]: '7193' };

const content = (sku: string, amount: string, scope = 'store:n1', more: object = {}): object => ({
  sku,
  amount,
  scopes: [scope],
  type: 'regular',
  from: '',
  to: '',
  ...more,
});

export function describeCampaigns(hubOf: () => TestHub): void {
  const patch = async (campaign: number, body: object): Promise<Response> =>
    hubOf().api(`/api/v1/price-campaigns/${campaign}`, {
      method: 'PATCH',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const write = async (campaign: number, by: string, line: string, what: object | null, basedOn = 0): Promise<WholeCampaign> =>
    (await (await patch(campaign, { by, lines: [{ line, content: what, basedOn }] })).json()) as WholeCampaign;
  const open = async (name: string): Promise<number> =>
    ((await (await hubOf().post('/api/v1/price-campaigns', { name, by: ANN })).json()) as WholeCampaign).campaign;
  const read = async (campaign: number): Promise<WholeCampaign> => hubOf().json(`/api/v1/price-campaigns/${campaign}`);
  const take = async (campaign: number, step: string, by: string, more: object = {}): Promise<Response> =>
    hubOf().post(`/api/v1/price-campaigns/${campaign}/${step}`, { by, pin: PINS[by], version: (await read(campaign)).version, ...more });
  const stateAfter = async (campaign: number, step: string, by: string, more: object = {}): Promise<string> => {
    const response = await take(campaign, step, by, more);
    return response.ok ? ((await response.json()) as WholeCampaign).state : String(response.status);
  };
  const lsn = async (): Promise<unknown> => hubOf().database.rows('SELECT lsn FROM tenant');

  describe('price campaigns', () => {
    beforeAll(async () => {
      const staff = (key: string, scope: string, roles: string): object => ({ type: 'staff', key, scope, fields: { roles } });
      const cells = [staff(ANN, 'global', 'clerk'), staff(BO, 'global', 'hq'), staff(NORA, 'zone:north', 'hq')];
      await hubOf().post('/api/v1/publications', { cells });
      for (const [user, scope] of [
        [ANN, 'global'],
        [BO, 'global'],
        [NORA, 'zone:north'],
      ] as const)
        expect((await hubOf().post(`/api/v1/staff/${user}/passcodes`, { scope, pin: PINS[user] })).status).toBe(200);
    });

    test('is written, asked for review, approved by somebody else and published as one, by whom it was approved', async () => {
      const campaign = await open('Advent');
      await write(campaign, ANN, 'a', content('MILK', '0.77'));
      await write(campaign, ANN, 'b', content('TEA', '0.88', 'zone:south'));
      const shown = await hubOf().json<{ lsn: number; groups: readonly { stores: readonly string[] }[] }>(
        `/api/v1/price-campaigns/${campaign}/preview`,
      );
      expect(shown.groups.map(({ stores }) => stores)).toEqual([['n1'], ['s1']]);
      const before = await lsn();
      expect(await stateAfter(campaign, 'publish', BO)).toBe('409');
      expect(await stateAfter(campaign, 'submit', ANN)).toBe('review');
      expect(await lsn()).toEqual(before);
      expect(await stateAfter(campaign, 'approve', BO)).toBe('approved');
      expect(await stateAfter(campaign, 'publish', ANN, { basedOn: shown.lsn })).toBe('published');
      const held = await read(campaign);
      const changes = await hubOf().json<{ changes: readonly { key: string; by: string; source: string }[] }>(
        `/api/v1/changes?lsn=${held.lsn}`,
      );
      expect(changes.changes.map(({ key, by, source }) => [key.split('\u001F')[0], by, source])).toEqual([
        ['TEA', BO, `campaign ${campaign}: Advent`],
        ['MILK', BO, `campaign ${campaign}: Advent`],
      ]);
      expect((await patch(campaign, { by: ANN, lines: [] })).status).toBe(409);
    });

    test('two who write different lines never meet; of one line the last writing stands, and what it had not seen is kept beside it', async () => {
      const campaign = await open('Together');
      const first = await write(campaign, ANN, 'milk', content('MILK', '1.00'));
      const seen = first.lines[0]?.version ?? 0;
      await Promise.all([
        write(campaign, ANN, 'milk', content('MILK', '1.10'), seen),
        ...Array.from({ length: 6 }, async (_, index) =>
          write(campaign, index % 2 === 0 ? ANN : BO, `tea-${index}`, content('TEA', `2.0${index}`)),
        ),
      ]);
      const late = await write(campaign, BO, 'milk', content('MILK', '1.20'), seen);
      expect(late.lineCount).toBe(7);
      const milk = late.lines.find(({ line }) => line === 'milk');
      expect([milk?.content?.amount, milk?.by, milk?.overtaken?.content?.amount, milk?.overtaken?.by]).toEqual(['1.20', BO, '1.10', ANN]);
      // Who has seen it and writes on overtakes nobody; seen, it is cleared.
      const next = await write(campaign, ANN, 'milk', content('MILK', '1.30'), milk?.version);
      expect(next.lines.find(({ line }) => line === 'milk')?.overtaken?.content?.amount).toBe('1.10');
      const cleared = (await (await patch(campaign, { by: ANN, cleared: ['milk'] })).json()) as WholeCampaign;
      expect(cleared.lines.find(({ line }) => line === 'milk')).toMatchObject({ content: { amount: '1.30' }, overtaken: null });
    });

    test('a line that one takes out while another writes it: the last stands, and the other is seen', async () => {
      const campaign = await open('Taken out');
      const seen = (await write(campaign, ANN, 'a', content('MILK', '1.00'))).lines[0]?.version ?? 0;
      await write(campaign, BO, 'a', content('MILK', '1.05'), seen);
      const gone = await write(campaign, ANN, 'a', null, seen);
      expect([gone.lineCount, gone.lines[0]?.content, gone.lines[0]?.overtaken?.content?.amount]).toEqual([0, null, '1.05']);
    });

    test('what was reviewed is what stands: a line that is written afterwards takes it back', async () => {
      const campaign = await open('Once more');
      await write(campaign, ANN, 'a', content('MILK', '1.00'));
      const { version } = await read(campaign);
      await take(campaign, 'submit', ANN);
      expect((await take(campaign, 'approve', BO, { version })).status).toBe(409);
      expect(await stateAfter(campaign, 'approve', BO)).toBe('approved');
      await write(campaign, ANN, 'b', content('TEA', '1.00'));
      expect(await read(campaign)).toMatchObject({ state: 'draft', submittedBy: null, approvedBy: null });
      expect(await stateAfter(campaign, 'publish', BO)).toBe('409');
      await take(campaign, 'submit', ANN);
      expect(await stateAfter(campaign, 'sendBack', BO, { note: 'Tea is too cheap' })).toBe('draft');
      expect((await read(campaign)).note).toBe('Tea is too cheap');
      expect(await stateAfter(campaign, 'drop', ANN)).toBe('dropped');
    });

    test('who wrote of it or asked for its review does not approve it; nobody does at places where they may not publish', async () => {
      const campaign = await open('Four eyes');
      await write(campaign, ANN, 'a', content('MILK', '1.00'));
      await write(campaign, ANN, 'b', content('TEA', '1.00'));
      // Who took out a line has a hand in it, too.
      await write(campaign, BO, 'b', null, (await read(campaign)).version);
      await take(campaign, 'submit', ANN);
      const own = await take(campaign, 'approve', BO);
      expect([own.status, await own.text()]).toEqual([403, expect.stringContaining('somebody else')]);
      expect(await stateAfter(campaign, 'approve', NORA)).toBe('approved');
      const wide = await open('Wide');
      await write(wide, ANN, 'a', content('MILK', '1.00', 'zone:south'));
      await take(wide, 'submit', ANN);
      const denied = await take(wide, 'approve', NORA);
      expect([denied.status, await denied.text()]).toEqual([403, expect.stringContaining('nora may not publish at zone:south')]);
    });

    test('a wrong PIN approves nothing, and guessing ends; another person is not kept waiting by it', async () => {
      const campaign = await open('Guessed');
      await write(campaign, ANN, 'a', content('MILK', '1.00'));
      await take(campaign, 'submit', ANN);
      const statuses = [];
      for (const pin of ['1111', '2222', '3333', '4444', '5555', PINS[BO]])
        statuses.push((await take(campaign, 'approve', BO, { pin })).status);
      expect(statuses).toEqual([403, 403, 403, 403, 403, 429]);
      expect((await read(campaign)).state).toBe('review');
      expect(await stateAfter(campaign, 'approve', NORA)).toBe('approved');
    });

    test.each([
      ['nobody of that key', { by: 'zoe', lines: [] }, 404],
      [
        'a line twice',
        {
          by: ANN,
          lines: [
            { line: 'a', content: null },
            { line: 'a', content: null },
          ],
        },
        400,
      ],
      ['a name with a line end', { by: ANN, name: 'a\nb' }, 400],
    ])('%s is refused', async (_what, body, status) => {
      expect((await patch(await open('Refused'), body)).status).toBe(status);
    });

    test('prices that cannot be are told by their line, and no campaign without prices is asked for', async () => {
      const campaign = await open('Wrong');
      expect(await stateAfter(campaign, 'submit', ANN)).toBe('422');
      await write(campaign, ANN, 'a', content('MILK', 'cheap'));
      await take(campaign, 'submit', ANN);
      const refused = await hubOf().api(`/api/v1/price-campaigns/${campaign}/preview`);
      expect([refused.status, await refused.text()]).toEqual([422, expect.stringContaining('Line 1: cheap is no price in EUR')]);
      expect(await stateAfter(campaign, 'approve', NORA)).toBe('422');
      expect((await hubOf().api('/api/v1/price-campaigns/9999')).status).toBe(404);
    });
  });
}
