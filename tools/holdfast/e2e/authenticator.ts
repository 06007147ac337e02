/** How somebody takes up an invitation to the console: with a password of their own, and the code of an authenticator. */
import { createHmac } from 'node:crypto';

import type { Page } from 'playwright-core';

export const PASSWORD = 'seventeen grey herons';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
/** What an authenticator shows for a seed (RFC 6238). */
export function codeOf(seed: string): string {
  const bits = [...seed.replaceAll(' ', '')].map((letter) => BASE32.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/gu) ?? []).map((byte) => Number.parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  return String((mac.readUInt32BE(mac[19]! & 15) & 0x7f_ff_ff_ff) % 1_000_000).padStart(6, '0');
}

export const type = async (page: Page, label: string, text: string): Promise<void> => page.getByLabel(label, { exact: true }).fill(text);

/** On the page of an invitation; behind it stands whatever is theirs. Answers a code for a day without the authenticator. */
export async function takeUpInvitation(page: Page): Promise<string> {
  await page.getByTestId('authenticator').waitFor();
  const seed = (await page.getByTestId('authenticator-seed').textContent()) ?? '';
  await type(page, 'New password', PASSWORD);
  await type(page, 'Once more', PASSWORD);
  await type(page, 'Code that your authenticator shows', codeOf(seed));
  await page.keyboard.press('Enter');
  const codes = page.getByTestId('recovery-codes').getByRole('listitem');
  await codes.first().waitFor();
  const [code = ''] = await codes.allTextContents();
  await page.getByRole('button', { name: 'I have kept them' }).press('Enter');
  return code;
}
