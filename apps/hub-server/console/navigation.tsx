/** The address as state: reading it, moving to another one, and links that are real ones (new tab, copy, middle click). */
import { type AnchorHTMLAttributes, type MouseEvent, type ReactElement, type ReactNode, useMemo, useSyncExternalStore } from 'react';

import { type Address, addressToSearch, parseAddress } from './address.ts';

const MOVED = 'holdfast:moved';

function subscribe(listener: () => void): () => void {
  window.addEventListener('popstate', listener);
  window.addEventListener(MOVED, listener);
  return () => {
    window.removeEventListener('popstate', listener);
    window.removeEventListener(MOVED, listener);
  };
}

export function useAddress(): Address {
  const search = useSyncExternalStore(subscribe, () => window.location.search);
  return useMemo(() => parseAddress(search), [search]);
}

const urlOf = (address: Address): string => `./${addressToSearch(address)}`;

/** `push` for a step that the back button undoes; `replace` for typing into a filter. */
export function moveTo(address: Address, how: 'push' | 'replace' = 'push'): void {
  // What is pushed from within can be left with the back button; what was opened from outside cannot.
  if (how === 'push') window.history.pushState({ pushed: true }, '', urlOf(address));
  else window.history.replaceState(window.history.state, '', urlOf(address));
  window.dispatchEvent(new Event(MOVED));
}

/** Closes what stands on top of the page: a step back where one was taken to open it. */
export function closeSale(address: Address): void {
  const state: unknown = window.history.state;
  if (typeof state === 'object' && state !== null && 'pushed' in state) window.history.back();
  else moveTo({ ...address, sale: null }, 'replace');
}

const isPlainClick = (event: MouseEvent): boolean =>
  event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;

export interface AddressLinkProps extends Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'> {
  readonly to: Address;
  readonly children: ReactNode;
}

export const AddressLink = ({ to, children, ...rest }: AddressLinkProps): ReactElement => (
  <a
    {...rest}
    href={urlOf(to)}
    onClick={(event) => {
      if (!isPlainClick(event)) return;
      event.preventDefault();
      moveTo(to);
    }}
  >
    {children}
  </a>
);

/** The same link as a child of an SVG. */
export const SvgAddressLink = ({
  to,
  label,
  children,
}: {
  readonly to: Address;
  readonly label: string;
  readonly children: ReactNode;
}): ReactElement => (
  <a
    href={urlOf(to)}
    aria-label={label}
    onClick={(event) => {
      if (!isPlainClick(event)) return;
      event.preventDefault();
      moveTo(to);
    }}
  >
    {children}
  </a>
);
