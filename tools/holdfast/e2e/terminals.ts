/** A lane's virtual terminal, as whoever stands before its page: what it does, and what it took. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';

import type { DemoReady } from '../src/demo-folder.ts';

export interface TerminalPage {
  script(words: string): Promise<void>;
  press(key: string): Promise<void>;
  screen(): Promise<string>;
  /** Until it asks for a card: the lane says that it waits for it before the order has come here. */
  asked(): Promise<void>;
  /** What it approved, newest first: what, and how much. */
  approved(): Promise<readonly (readonly [act: string, amount: string])[]>;
}

interface TerminalState {
  readonly screen: string;
  readonly journal: readonly (readonly [act: string, card: string, amount: string, became: string, receipt: string])[];
}

export function terminalPage({ terminalUrl }: DemoReady['lanes'][number]): TerminalPage {
  const post = async (path: string, body?: string): Promise<void> => {
    const response = await fetch(new URL(path, terminalUrl), { method: 'POST', ...(body !== undefined && { body }) });
    expect(response.ok, `${path} ${body ?? ''}: ${response.status}`).toBe(true);
  };
  const state = async (): Promise<TerminalState> => (await (await fetch(new URL('state', terminalUrl))).json()) as TerminalState;
  return {
    script: async (words) => post('script', words),
    press: async (key) => post(`press/${key}`),
    screen: async () => (await state()).screen,
    asked: async () => expect.poll(async () => (await state()).screen).toMatch(/^Card/u),
    approved: async () =>
      (await state()).journal.flatMap(([act, , amount, became]) => (became.startsWith('approved') ? [[act, amount] as const] : [])),
  };
}

/** The sale is done, and its receipt says with which card. */
export async function expectPaidByCard(page: Page): Promise<void> {
  await page.getByTestId('completed').waitFor();
  await expect.poll(() => page.getByTestId('receipt').textContent()).toMatch(/\*{4} \d{4}/u);
}
