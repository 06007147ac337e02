/**
 * What every page of Holdfast stands in: theme, palette and locale. The page's content security policy has no `unsafe-inline`, so
 * the styles that Mantine writes carry this response's nonce.
 */
import { DirectionProvider, MantineProvider } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { createContext, type ReactElement, type ReactNode, use, useLayoutEffect, useMemo } from 'react';

import { createFormat, directionOf, type Format } from './format.ts';
import { cssVariablesResolver, theme } from './theme.ts';

/** `contrast` is the light palette at its strongest; the machine's own wish for more contrast strengthens each palette. */
export const APPEARANCES = ['system', 'light', 'dark', 'contrast'] as const;
export type Appearance = (typeof APPEARANCES)[number];

export const isAppearance = (value: unknown): value is Appearance => APPEARANCES.some((appearance) => appearance === value);

const FormatContext = createContext<Format>(createFormat('en'));

/** The locale's way to write numbers, money and times. */
export const useFormat = (): Format => use(FormatContext);

/** The nonce that the server put into `<meta name="csp-nonce">`; undefined where a page was served without one. */
const readStyleNonce = (page: Document): string | undefined => {
  const content = page.querySelector('meta[name="csp-nonce"]')?.getAttribute('content');
  return content === null || content === undefined || content === '' ? undefined : content;
};

export interface HoldfastProviderProps {
  readonly children: ReactNode;
  readonly appearance?: Appearance;
  /** BCP 47: how numbers and times are written; the browser's own by default. */
  readonly locale?: string;
  /** BCP 47: what the page's words are in. It decides the page's direction; names of goods decide their own. */
  readonly language?: string;
}

export const HoldfastProvider = ({
  children,
  appearance = 'system',
  locale = navigator.language,
  language = 'en',
}: HoldfastProviderProps): ReactElement => {
  const prefersDark = useMediaQuery('(prefers-color-scheme: dark)', undefined, { getInitialValueInEffect: false });
  const prefersContrast = useMediaQuery('(prefers-contrast: more)', undefined, { getInitialValueInEffect: false });
  const scheme = appearance === 'dark' || (appearance === 'system' && prefersDark) ? 'dark' : 'light';
  const contrast = appearance === 'contrast' || prefersContrast ? 'more' : 'normal';
  const format = useMemo(() => createFormat(locale), [locale]);
  const direction = directionOf(language);
  useLayoutEffect(() => {
    document.documentElement.dataset['contrast'] = contrast;
  }, [contrast]);
  useLayoutEffect(() => {
    document.documentElement.lang = language;
    document.documentElement.dir = direction;
  }, [language, direction]);
  return (
    <DirectionProvider initialDirection={direction} detectDirection={false}>
      <MantineProvider
        theme={theme}
        cssVariablesResolver={cssVariablesResolver}
        forceColorScheme={scheme}
        getStyleNonce={() => readStyleNonce(document) ?? ''}
      >
        <FormatContext value={format}>{children}</FormatContext>
      </MantineProvider>
    </DirectionProvider>
  );
};
