/**
 * Puts the wedge between the keyboard and the page: listens on the window, in the capture phase, so that it sees each key before
 * whatever has the focus. What a person typed goes on to the focused field, or to `onTyped`; a scan goes to `onScan` in the very event
 * of its terminator.
 */
import { DEFAULT_WEDGE_PROFILE, IDLE, stepWedge, type WedgeEffect, type WedgeEvent, type WedgeProfile } from './wedge.ts';

export interface WedgeHandlers {
  readonly onScan: (code: string) => void;
  readonly onTorn: () => void;
  /** Characters for no field in particular. */
  readonly onTyped: (text: string) => void;
  /** What was typed last was not: it belongs to the scan, whole or torn, that comes next. */
  readonly onUntyped: (text: string) => void;
  /** What is pasted for no field of the page. `true`: it was taken, and stands nowhere else. */
  readonly onPasted: (text: string) => boolean;
  /** A key that is no character and ended no scan: function keys, arrows, Enter, Escape… `true`: it was used, and goes no further. */
  readonly onKey: (event: KeyboardEvent) => boolean;
}

/** Barcodes with several parts separate them by the character FNC1, which scanners type as Ctrl+]. */
const GROUP_SEPARATOR = '\u001d';

const MODIFIERS = new Set(['Shift', 'Control', 'Alt', 'AltGraph', 'Meta', 'CapsLock', 'NumLock', 'ScrollLock', 'Fn', 'Dead']);

const characterOf = (event: KeyboardEvent): string | undefined => {
  if (event.ctrlKey && !event.altKey) return event.key === ']' ? GROUP_SEPARATOR : undefined;
  if (event.metaKey || (event.altKey && !event.getModifierState('AltGraph'))) return undefined;
  return [...event.key].length === 1 ? event.key : undefined;
};

const isTextField = (element: Element | null): element is HTMLInputElement | HTMLTextAreaElement =>
  (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) && !element.readOnly && !element.disabled;

/** Types into a field as a key would: at the caret, over the selection, with an `input` event. */
const insertText = (field: HTMLInputElement | HTMLTextAreaElement, text: string): void => {
  const start = field.selectionStart ?? field.value.length;
  field.setRangeText(text, start, field.selectionEnd ?? start, 'end');
  field.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'insertText', data: text }));
};

const deliverTyped = (text: string, handlers: WedgeHandlers): void => {
  const focused = document.activeElement;
  if (text === ' ' && focused instanceof HTMLButtonElement) {
    focused.click();
  } else if (isTextField(focused) && focused.dataset['wedge'] === undefined) {
    insertText(focused, text);
  } else {
    // The next Enter is for what is typed, not for a button that had the focus before.
    document.querySelector<HTMLElement>('[data-wedge]')?.focus({ preventScroll: true });
    handlers.onTyped(text);
  }
};

/** Takes back what `deliverTyped` gave; where the caret has moved on since, it stays. */
const takeBackTyped = (text: string, handlers: WedgeHandlers): void => {
  if (text === '') return;
  const focused = document.activeElement;
  if (!isTextField(focused) || focused.dataset['wedge'] !== undefined) {
    handlers.onUntyped(text);
    return;
  }
  const end = focused.selectionStart ?? focused.value.length;
  if (!focused.value.slice(0, end).endsWith(text)) return;
  focused.setRangeText('', end - text.length, end, 'end');
  focused.dispatchEvent(new InputEvent('input', { bubbles: true, inputType: 'deleteContentBackward' }));
};

/** Fields with `data-wedge` are filled by `onTyped` itself. Returns what stops listening. */
export const listenToWedge = (handlers: WedgeHandlers, profile: WedgeProfile = DEFAULT_WEDGE_PROFILE): (() => void) => {
  let state = IDLE;
  let timer: number | undefined;

  const perform = (effect: WedgeEffect): void => {
    switch (effect.type) {
      case 'scan':
        takeBackTyped(effect.takeBack, handlers);
        handlers.onScan(effect.code);
        return;
      case 'torn':
        takeBackTyped(effect.takeBack, handlers);
        // One broken scan is one message, however many characters still dribble in.
        if (effect.text.length > 1) handlers.onTorn();
        return;
      case 'typed':
        deliverTyped(effect.text, handlers);
    }
  };

  const step = (event: WedgeEvent): boolean => {
    const next = stepWedge(state, event, profile);
    state = next.state;
    window.clearTimeout(timer);
    if (next.deadlineMs !== undefined) timer = window.setTimeout(onDeadline, Math.max(0, next.deadlineMs - performance.now()) + 1);
    for (const effect of next.effects) perform(effect);
    return next.swallow;
  };

  /** The browser runs waiting key events before timers, so a busy page does not cut a scan in two. */
  const onDeadline = (): void => {
    step({ type: 'time', atMs: performance.now() });
  };

  /** Keys that are down and that the page has not seen go down: nor does it see them come up, between a scan's last key and its line. */
  const stopped = new Set<string>();
  const stop = (event: KeyboardEvent): void => {
    event.preventDefault();
    event.stopImmediatePropagation();
    stopped.add(event.key);
  };

  const onKeyDown = (event: KeyboardEvent): void => {
    stopped.delete(event.key);
    // An input method composes text by itself, and no scanner works through one.
    if (event.isComposing || event.key === 'Process' || MODIFIERS.has(event.key)) return;
    const character = characterOf(event);
    const atMs = event.timeStamp;
    if (event.repeat) {
      // A key that is held down is no scanner. A repeated key never presses a button again.
      step({ type: 'other', atMs });
      if (character !== undefined) deliverTyped(character, handlers);
      if (character !== undefined || event.key === 'Enter' || handlers.onKey(event)) stop(event);
      return;
    }
    if (character !== undefined && !(character === GROUP_SEPARATOR && state.characters === '')) {
      if (step({ type: 'character', character, atMs, seenAtMs: performance.now() })) stop(event);
      return;
    }
    const isTerminator = profile.terminators.includes(event.key);
    if (step({ type: isTerminator ? 'terminator' : 'other', atMs }) || handlers.onKey(event)) stop(event);
  };

  const onKeyUp = (event: KeyboardEvent): void => {
    // A button is pressed by Space when the key comes up: that press was made, or swallowed, when it went down.
    if (event.key === ' ' && event.target instanceof HTMLButtonElement) event.preventDefault();
    if (stopped.delete(event.key)) event.stopImmediatePropagation();
  };

  /** A hand on the screen: digits typed just before belong to it. A burst that surely is a scanner's goes on. */
  const onPointerDown = (event: PointerEvent): void => {
    if (state.characters.length < profile.surelyChars) step({ type: 'other', atMs: event.timeStamp });
  };

  const onPaste = (event: ClipboardEvent): void => {
    const focused = document.activeElement;
    if (isTextField(focused) && focused.dataset['wedge'] === undefined) return;
    if (!handlers.onPasted(event.clipboardData?.getData('text/plain') ?? '')) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  };

  window.addEventListener('paste', onPaste, { capture: true });
  window.addEventListener('keydown', onKeyDown, { capture: true });
  window.addEventListener('keyup', onKeyUp, { capture: true });
  window.addEventListener('pointerdown', onPointerDown, { capture: true });
  return () => {
    // What is held back was typed for whoever listened until now.
    step({ type: 'other', atMs: performance.now() });
    window.removeEventListener('paste', onPaste, { capture: true });
    window.removeEventListener('keydown', onKeyDown, { capture: true });
    window.removeEventListener('keyup', onKeyUp, { capture: true });
    window.removeEventListener('pointerdown', onPointerDown, { capture: true });
  };
};
