/** Gives an action another key: the action is chosen, and the next key that is pressed is its own; Escape leaves it as it was. */
import { keyOfEvent, rebind } from '../key-map.ts';
import type { KeyAction } from '../keys.ts';
import type { PreferenceStore } from '../preferences.ts';

export interface KeyEditor {
  /** The action that waits for its key. */
  readonly editing: () => KeyAction | undefined;
  readonly subscribe: (listener: () => void) => () => void;
  readonly begin: (action: KeyAction) => void;
  /** Nothing waits any more. */
  readonly end: () => void;
  /** True where the key was for the editor, and does nothing else. */
  readonly key: (event: { readonly key: string; readonly shiftKey: boolean }) => boolean;
  readonly isChanged: () => boolean;
  readonly reset: () => void;
}

export const createKeyEditor = (
  preferences: Pick<PreferenceStore, 'preferences' | 'set'>,
  tone: (kind: 'ok' | 'error') => void,
): KeyEditor => {
  let editing: KeyAction | undefined;
  const listeners = new Set<() => void>();
  const wait = (action: KeyAction | undefined): void => {
    editing = action;
    for (const listener of listeners) listener();
  };
  const end = (): void => wait(undefined);
  return {
    editing: () => editing,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    begin: (action) => wait(editing === action ? undefined : action),
    end,
    key: (event) => {
      if (editing === undefined || event.key === 'Shift' || event.key === 'Tab') return false;
      if (event.key === 'Escape') {
        end();
        return true;
      }
      const choices = rebind(preferences.preferences().keys, editing, keyOfEvent(event));
      tone(choices === undefined ? 'error' : 'ok');
      if (choices === undefined) return true;
      preferences.set({ keys: choices });
      end();
      return true;
    },
    isChanged: () => Object.keys(preferences.preferences().keys).length > 0,
    reset: () => {
      preferences.set({ keys: {} });
      end();
    },
  };
};
