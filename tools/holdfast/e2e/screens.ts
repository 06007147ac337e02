/** Screens in a real browser: real key events, and what a screen reader's rules say of them. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { chromium, type Browser, type BrowserContextOptions, type Locator, type Page } from 'playwright-core';
import { expect } from 'vitest';

const CHROMIUM = process.env['HOLDFAST_CHROMIUM'] ?? '/usr/bin/chromium';
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** `flags`: what a test's own devices need. */
export async function openBrowser(flags: readonly string[] = []): Promise<Browser> {
  expect(existsSync(CHROMIUM), `Chromium at ${CHROMIUM}`).toBe(true);
  return chromium.launch({
    executablePath: CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', ...flags],
  });
}

/** Runs in the page: `unanswered` holds what its till was asked and has not said. */
const keepUnanswered = (): void => {
  const unanswered = new Set<unknown>();
  Object.assign(globalThis, { unanswered });
  globalThis.WebSocket = class extends WebSocket {
    constructor(...given: ConstructorParameters<typeof WebSocket>) {
      super(...given);
      this.addEventListener('message', ({ data }) => {
        unanswered.delete((JSON.parse(String(data)) as { readonly id?: unknown }).id);
      });
      this.addEventListener('close', () => unanswered.clear());
    }
    override send(data: string): void {
      const { id } = JSON.parse(data) as { readonly id?: unknown };
      if (id !== undefined) unanswered.add(id);
      super.send(data);
    }
  };
};

/** A card at the terminal is asked for until it comes: nobody waits for that with a hand over the keys. */
const MOST_FRAMES = 40;

/** When a person goes on: the till has answered, and the screen has shown it. Of a page in front. */
export async function atRest(page: Page): Promise<void> {
  await page.evaluate(async (most) => {
    const { unanswered } = globalThis as unknown as { readonly unanswered: ReadonlySet<unknown> };
    const frame = (): Promise<unknown> => new Promise((resolve) => requestAnimationFrame(resolve));
    for (let frames = 0; frames < 2 || (unanswered.size > 0 && frames < most); frames += 1) await frame();
    await frame();
  }, MOST_FRAMES);
}

/** What a machine that does other things needs at most; longer than it, nothing comes any more. */
export const PATIENCE_MS = 60_000;

/** A page in a browser profile of its own; what goes wrong in it is collected. */
export async function openPage(
  browser: Browser,
  url: string,
  size: { width: number; height: number },
  options: BrowserContextOptions = {},
) {
  const context = await browser.newContext({ viewport: size, reducedMotion: 'reduce', ...options });
  await context.addInitScript(keepUnanswered);
  const page = await context.newPage();
  page.setDefaultTimeout(PATIENCE_MS);
  const faults = faultsOf(page);
  await page.goto(url);
  return { page, faults };
}

const lookedAt = new Set<Page>();
const MOST_SAID = 1_500;

/** What stands on each page that a test looks at: told where one fails. */
export async function whatPagesShow(): Promise<readonly string[]> {
  const texts = await Promise.all(
    [...lookedAt].map(async (page) => {
      const text = await page.locator('body').innerText({ timeout: 2_000 }).catch(String);
      return `${page.url()} shows: ${text.replaceAll(/\s*\n\s*/gu, ' | ').slice(0, MOST_SAID)}`;
    }),
  );
  return texts;
}

/** What goes wrong in a page from now on. */
export function faultsOf(page: Page): readonly string[] {
  const faults: string[] = [];
  lookedAt.add(page);
  page.once('close', () => lookedAt.delete(page));
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // A lane whose till is away says so on the screen; the browser also writes it down as a failed connection.
    if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION|Failed to load resource|Failed to fetch/i.test(message.text()))
      faults.push(message.text());
  });
  return faults;
}

/** Longer than a lane waits for its hub's answer. */
const ANSWERED_MS = 2_500;

/** A hub or a neighbour that is busy is told of as away, and a person asks again. */
export async function askUntilThere(answer: Locator, ask: () => Promise<void>): Promise<void> {
  const isAnswered = async (): Promise<boolean> => {
    await ask();
    return answer.waitFor({ timeout: ANSWERED_MS }).then(
      () => true,
      () => false,
    );
  };
  await expect.poll(isAnswered).toBe(true);
}

/** The code of a hyphen is another key's: Insert. */
const VK_MINUS = 189;

/** Between two keys of a scanner. */
const WEDGE_GAP_S = 0.002;
/** From a key to the trigger: sooner, a figure that was typed would be the first one of the code. */
const HAND_S = 0.06;

/**
 * What a keyboard-wedge scanner does: the code and Enter, at a rhythm that no person types, as real key events. Each carries the time
 * at which its key was pressed, as the operating system says it for a real keyboard: a busy machine delivers late, and stamps right.
 * `stall`: so many characters come, and the others not before `until` is settled.
 */
export async function scan(
  page: Page,
  code: string,
  stall?: { readonly after: number; readonly until: () => Promise<unknown> },
): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const events = [
    ...[...code].flatMap((character) => {
      const key = {
        key: character,
        text: character,
        windowsVirtualKeyCode: character === '-' ? VK_MINUS : (character.toUpperCase().codePointAt(0) ?? 0),
      };
      return [
        { type: 'keyDown' as const, ...key },
        { type: 'keyUp' as const, key: key.key, windowsVirtualKeyCode: key.windowsVirtualKeyCode },
      ];
    }),
    { type: 'keyDown' as const, key: 'Enter', code: 'Enter', text: '\r', windowsVirtualKeyCode: 13 },
    { type: 'keyUp' as const, key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 13 },
  ];
  const startsAt = Date.now() / 1_000 + HAND_S;
  // Sent without waiting for each answer: a scanner does not wait either.
  const send = (from: number, to: number): Promise<unknown> =>
    Promise.all(
      events
        .map((event, index) => ({ ...event, timestamp: startsAt + Math.floor(index / 2) * WEDGE_GAP_S }))
        .slice(from, to)
        .map((event) => session.send('Input.dispatchKeyEvent', event)),
    );
  const stallsAt = 2 * (stall?.after ?? 0);
  await send(0, stallsAt);
  await stall?.until();
  await send(stallsAt, events.length);
  await session.detach();
}

/**
 * What axe has to say of WCAG 2.2 AA on the screen as it stands, or in the panel around what a selector finds. `without`: rules that are kept otherwise; that
 * of contrasts takes longer than all others together.
 */
export async function axeFinds(page: Page, within?: string, without: readonly string[] = []): Promise<readonly string[]> {
  if (!(await page.evaluate(() => 'axe' in globalThis))) await page.evaluate(AXE);
  return page.evaluate(
    async ([selector, off]) => {
      const { axe } = globalThis as unknown as {
        axe: { run(context: Node, options: object): Promise<{ violations: readonly AxeViolation[] }> };
      };
      interface AxeViolation {
        readonly id: string;
        readonly nodes: readonly { readonly target: readonly unknown[]; readonly failureSummary?: string }[];
      }
      const found = selector === undefined ? null : document.querySelector(selector);
      const place = found?.closest('section, [role="dialog"], main') ?? document;
      const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];
      const rules = Object.fromEntries(off.map((rule) => [rule, { enabled: false }]));
      const { violations } = await axe.run(place, { runOnly: { type: 'tag', values }, rules, resultTypes: ['violations'] });
      return violations.map(
        ({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} (${node.failureSummary ?? ''})`).join('; ')}`,
      );
    },
    [within, without] as const,
  );
}

/** No violation of WCAG 2.2 AA that axe can find on the screen as it stands. */
export async function expectAccessible(page: Page, screen: string): Promise<void> {
  expect(await axeFinds(page), screen).toEqual([]);
}

/** A link, a tab or a button, focused and pressed; what it opens is there when this returns. */
export async function open(way: Locator, opened: Locator): Promise<void> {
  await way.press('Enter');
  await opened.first().waitFor();
}
