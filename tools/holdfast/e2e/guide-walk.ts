/**
 * A walk through every screen of the lane, by keyboard alone. At each stop the screen is looked at in one of several ways (size, palette, language, hand),
 * and nothing may be cut, too small for a finger, or against WCAG 2.2 AA. Which stops there are, `docs/guides/cashier.md` says: its pictures are taken here,
 * where `HOLDFAST_GUIDE=draw` asks for them, and then each stop is looked at in each way. `HOLDFAST_GUIDE=FOLDER` draws each stop there, in its whole size and
 * in more ways, for whoever looks at all screens at once.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

import type { CDPSession, Page } from 'playwright-core';
import { expect } from 'vitest';

import { atRest, axeFinds, scan } from './screens.ts';

const GUIDE = new URL('../../../docs/guides/cashier.md', import.meta.url);
const PICTURES = new URL('../../../docs/guides/images/', import.meta.url);
/** `draw`: takes the pictures of the guide anew. A folder: those of every way. */
const WANTED = process.env['HOLDFAST_GUIDE'] ?? '';
const isDrawing = WANTED !== '';
const ELSEWHERE = WANTED === '' || WANTED === 'draw' ? undefined : pathToFileURL(`${resolve(WANTED)}/`);

/** WCAG 2.2 AA asks for 24. */
const FINGER_PX = 32;

interface Look {
  /** The folder of its pictures; '' is the guide's own. */
  readonly folder: string;
  readonly size: { readonly width: number; readonly height: number };
  readonly appearance: 'light' | 'dark' | 'contrast';
  readonly language: 'en' | 'de' | 'fr' | 'es' | 'ar' | 'ja';
  readonly hand: 'right' | 'left';
  readonly scale: number;
}

/** Together they have each size, palette, hand and direction. */
const LOOKS: readonly [Look, ...Look[]] = [
  { folder: '', size: { width: 1024, height: 768 }, appearance: 'light', language: 'en', hand: 'right', scale: 0.75 },
  { folder: 'de/', size: { width: 1366, height: 768 }, appearance: 'dark', language: 'de', hand: 'left', scale: 0.5 },
  { folder: 'ar/', size: { width: 1920, height: 1080 }, appearance: 'contrast', language: 'ar', hand: 'right', scale: 0.35 },
];

/** As they stand on a screen. */
const WHOLE: readonly Look[] = [
  ...LOOKS.map((look) => ({ ...look, folder: `${look.language}-${look.size.width}/` })),
  {
    folder: 'de-1024/',
    size: { width: 1024, height: 768 },
    appearance: 'contrast' as const,
    language: 'de' as const,
    hand: 'right' as const,
  },
  { folder: 'ar-1024/', size: { width: 1024, height: 768 }, appearance: 'light' as const, language: 'ar' as const, hand: 'left' as const },
  { folder: 'ja-1366/', size: { width: 1366, height: 768 }, appearance: 'light' as const, language: 'ja' as const, hand: 'right' as const },
].map((look) => ({ ...look, scale: 1 }));

const QUALITY = 40;
const WHOLE_QUALITY = 80;

const STOPS_IN_A_ROW = 4;
/** A walk that draws looks at each stop in each way. One that only tests looks at a few stops in the same way, and goes on to the next one: to change it takes longer than to look. */
const looksAt = (stops: number): readonly Look[] =>
  ELSEWHERE !== undefined ? WHOLE : isDrawing ? LOOKS : LOOKS.slice(Math.floor(stops / STOPS_IN_A_ROW) % LOOKS.length).slice(0, 1);

/** The names of the guide's pictures. */
export const guideStops = (): readonly string[] =>
  [...readFileSync(GUIDE, 'utf8').matchAll(/\]\(images\/([\w-]+)\.webp\)/gu)].map(([, name = '']) => name);

export interface Walk {
  readonly page: Page;
  readonly press: (...keys: readonly string[]) => Promise<void>;
  readonly scan: (code: string) => Promise<void>;
  /** By Tab, and nothing else. */
  readonly focusOn: (selector: string) => Promise<void>;
  /** Waits for the screen, and looks at it. `of` another page than the lane's. */
  readonly stop: (name: string, selector: string, of?: Page) => Promise<void>;
}

/** What came of all walks together. */
export interface WalkLog {
  readonly seen: string[];
  readonly faults: string[];
}

export function createWalk(page: Page, log: WalkLog): Walk {
  const sessions = new Map<Page, CDPSession>();
  /** What another page of the profile chooses comes to all of them. */
  let chosen: { readonly of: Page; readonly look: Look } | undefined;

  const choose = async (of: Page, look: Look): Promise<void> => {
    if (chosen?.of === of && chosen.look === look) return;
    chosen = { of, look };
    const { size, appearance, language, hand } = look;
    await of.setViewportSize(size);
    // As if another window of the machine had chosen it.
    await of.evaluate(
      (wanted) => {
        for (const [key, value] of Object.entries(wanted)) localStorage.setItem(`holdfast.${key}`, value);
        window.dispatchEvent(new StorageEvent('storage'));
      },
      { appearance, language, hand },
    );
    const asked = [language, appearance === 'dark' ? 'dark' : 'light', appearance === 'contrast' ? 'more' : 'normal'];
    await of.waitForFunction(
      (wanted) => {
        const { lang, dataset } = document.documentElement;
        return [lang, dataset['mantineColorScheme'], dataset['contrast']].join() === wanted.join();
      },
      asked,
      { polling: 20 },
    );
  };

  const draw = async (of: Page, name: string, { folder, size, scale }: Look): Promise<void> => {
    const session = sessions.get(of) ?? (await of.context().newCDPSession(of));
    sessions.set(of, session);
    const { data } = await session.send('Page.captureScreenshot', {
      format: 'webp',
      quality: ELSEWHERE === undefined ? QUALITY : WHOLE_QUALITY,
      clip: { x: 0, y: 0, ...size, scale },
    });
    const pictures = new URL(folder, ELSEWHERE ?? PICTURES);
    mkdirSync(pictures, { recursive: true });
    writeFileSync(new URL(`${name}.webp`, pictures), Buffer.from(data, 'base64'));
  };

  const press = async (...keys: readonly string[]): Promise<void> => {
    for (const [index, key] of keys.entries()) {
      // Whoever types a word or an amount does not look in between; whoever presses another key has seen what the last one did.
      const isTyped = [key, keys[index - 1] ?? ''].every((each) => TYPED.test(each));
      if (!isTyped && index > 0) await atRest(page);
      await page.keyboard.press(key, { delay: 40 });
    }
    await atRest(page);
  };

  return {
    page,
    press,
    scan: async (code) => scan(page, code),
    focusOn: async (selector) => {
      for (let step = 0; step < MOST_TABS; step += 1) {
        await page.keyboard.press('Tab');
        if (await page.evaluate((wanted) => document.activeElement?.matches(wanted) === true, selector)) return;
      }
      expect.fail(`Tab never came to ${selector}`);
    },
    stop: async (name, selector, of = page) => {
      try {
        await of.locator(selector).first().waitFor();
      } catch {
        expect.fail(`${name}: ${selector} never came. There stands: ${(await of.locator('body').innerText()).slice(0, MOST_SAID)}`);
      }
      for (const look of looksAt(log.seen.length)) {
        const where = `${name}, ${look.language}, ${look.appearance}, ${look.size.width}×${look.size.height}`;
        await choose(of, look);
        const found = [...(await of.evaluate(findFaults, FINGER_PX)), ...(await axeFinds(of, selector, ['color-contrast']))];
        log.faults.push(...found.map((fault) => `${where}: ${fault}`));
        if (isDrawing) await draw(of, name, look);
      }
      log.seen.push(name);
      // What is chosen next (a reason, a note) stands in the language of the guide.
      if (isDrawing) await choose(of, LOOKS[0]);
    },
  };
}

/** A character of a word or an amount. */
const TYPED = /^[\p{L}\p{N} .]$/u;
const MOST_TABS = 120;
/** Of what stands where something else should. */
const MOST_SAID = 1_500;

/** What is cut off, too small to be touched, or too pale to be read. Runs in the page. */
function findFaults(fingerPx: number): readonly string[] {
  const { clientWidth, scrollWidth } = document.documentElement;
  const words = (element: Element): string =>
    `<${element.tagName.toLowerCase()} ${element.getAttribute('data-key') ?? element.className}> ${element.textContent.slice(0, 40)}`;
  const isShown = (element: Element): boolean =>
    element.closest('[inert]') === null && element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const sizeOf = (element: Element): string => {
    const { width, height } = element.getBoundingClientRect();
    return `${Math.round(width)}×${Math.round(height)}`;
  };
  const isSmall = (element: Element): boolean => {
    const { width, height } = element.getBoundingClientRect();
    return width < fingerPx || height < fingerPx;
  };
  const isCut = (element: Element): boolean => {
    const { display, overflowX, overflowY } = getComputedStyle(element);
    const isWide = element.scrollWidth > element.clientWidth + 1 && !/auto|scroll/u.test(overflowX);
    const isTall = element.scrollHeight > element.clientHeight + 3 && !/auto|scroll/u.test(overflowY);
    const isSpilt = overflowX === 'visible' && element.tagName !== 'BUTTON';
    return display !== 'inline' && !isSpilt && (isWide || isTall);
  };

  type Colour = readonly [red: number, green: number, blue: number, alpha: number];
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const known = new Map<string, Colour>();
  const colourOf = (text: string): Colour => {
    const before = known.get(text);
    if (before !== undefined) return before;
    canvas?.clearRect(0, 0, 1, 1);
    if (canvas !== null) canvas.fillStyle = text;
    canvas?.fillRect(0, 0, 1, 1);
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas?.getImageData(0, 0, 1, 1).data ?? [];
    const colour: Colour = [red, green, blue, alpha / 255];
    known.set(text, colour);
    return colour;
  };
  const over = (top: Colour, below: Colour): Colour => [
    top[0] * top[3] + below[0] * (1 - top[3]),
    top[1] * top[3] + below[1] * (1 - top[3]),
    top[2] * top[3] + below[2] * (1 - top[3]),
    1,
  ];
  const groundOf = (element: Element | null): Colour => {
    if (element === null) return [255, 255, 255, 1];
    const own = colourOf(getComputedStyle(element).backgroundColor);
    return own[3] === 1 ? own : over(own, groundOf(element.parentElement));
  };
  /** WCAG 2.2, relative luminance. */
  const light = (colour: Colour): number => {
    const [red = 0, green = 0, blue = 0] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.040_45 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const contrastOf = (element: Element): number => {
    const ground = groundOf(element);
    const [one, other] = [light(ground), light(over(colourOf(getComputedStyle(element).color), ground))];
    return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
  };
  const isPale = (element: Element): boolean => {
    const { fontSize, fontWeight } = getComputedStyle(element);
    const isLarge = Number.parseFloat(fontSize) >= (Number(fontWeight) >= 700 ? 18.66 : 24);
    return contrastOf(element) < (isLarge ? 3 : 4.5);
  };
  const hasWords = (element: Element): boolean =>
    [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && /[\p{L}\p{N}]/u.test(node.textContent ?? ''));

  const touched = [...document.querySelectorAll('button, a[href], select, input')].filter(isShown);
  const said = [...document.querySelectorAll('button, h1, h2, h3, output, dd, [data-key] > span')].filter(isShown);
  const read = [...document.querySelectorAll('body *')].filter(
    (element) => hasWords(element) && element.closest(':disabled, [aria-disabled="true"]') === null && isShown(element),
  );
  return [
    ...(scrollWidth > clientWidth ? [`the page is ${scrollWidth - clientWidth} px too wide`] : []),
    ...touched.filter(isSmall).map((element) => `small, ${sizeOf(element)}: ${words(element)}`),
    ...said.filter(isCut).map((element) => `cut: ${words(element)}`),
    ...read.filter(isPale).map((element) => `pale, ${contrastOf(element).toFixed(2)}: ${words(element)}`),
  ];
}
