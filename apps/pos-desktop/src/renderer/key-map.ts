/**
 * The keys as this machine has them: those of the table, but where somebody gave an action another one. Characters, and the keys by which one
 * types, confirms, clears and voids, stay where they are. No key ever does two things: an action that takes a key gives its own to whoever had it.
 */
import { KEY_BINDINGS, type KeyAction, type KeyBinding } from './keys.ts';

/** By action, as `KeyBinding.keys` has them; what is absent is as in the table. */
export type KeyChoices = Readonly<Partial<Record<KeyAction, string>>>;

export interface KeyMap {
  readonly bindings: readonly KeyBinding[];
  readonly actionOfKey: (event: { readonly key: string; readonly shiftKey: boolean }) => KeyAction | undefined;
  readonly capOf: (action: KeyAction) => string;
}

const PLAIN_KEYS = [
  'F1',
  'F2',
  'F3',
  'F4',
  'F5',
  'F6',
  'F7',
  'F8',
  'F9',
  'F10',
  'F12',
  'Insert',
  'Home',
  'End',
  'PageUp',
  'PageDown',
  'Pause',
];
/** Those that may do anything; nobody has `Pause` to begin with. */
export const FREE_KEYS: ReadonlySet<string> = new Set(PLAIN_KEYS.flatMap((key) => [key, `Shift+${key}`]));

const SHORT_CAPS: Readonly<Record<string, string>> = { Insert: 'Ins', PageUp: 'Page ↑', PageDown: 'Page ↓' };
const capOfKey = (key: string): string => {
  const plain = key.replace('Shift+', '');
  return `${plain === key ? '' : '⇧'}${SHORT_CAPS[plain] ?? plain}`;
};

export const keyOfEvent = ({ key, shiftKey }: { readonly key: string; readonly shiftKey: boolean }): string =>
  shiftKey ? `Shift+${key}` : key;

/** Whether an action may be given another key. */
export const isMovable = ({ keys = [], characters = [] }: KeyBinding): boolean =>
  characters.length === 0 && keys.length === 1 && keys.every((key) => FREE_KEYS.has(key));

export const createKeyMap = (choices: KeyChoices = {}): KeyMap => {
  const bindings = KEY_BINDINGS.map((binding): KeyBinding => {
    const key = isMovable(binding) ? choices[binding.action] : undefined;
    return key === undefined ? binding : { ...binding, keys: [key], cap: capOfKey(key) };
  });
  const actionByKey = new Map(bindings.flatMap(({ action, keys = [] }) => keys.map((key) => [key, action] as const)));
  const capByAction = new Map(bindings.map(({ action, cap }) => [action, cap]));
  return {
    bindings,
    actionOfKey: (event) => (event.shiftKey ? actionByKey.get(`Shift+${event.key}`) : undefined) ?? actionByKey.get(event.key),
    capOf: (action) => capByAction.get(action) ?? '',
  };
};

/** The choices with `action` on `key`; undefined where that key, or that action, stays where it is. */
export const rebind = (choices: KeyChoices, action: KeyAction, key: string): KeyChoices | undefined => {
  const { bindings } = createKeyMap(choices);
  const own = bindings.find((binding) => binding.action === action);
  if (own === undefined || !isMovable(own) || !FREE_KEYS.has(key)) return undefined;
  const holder = bindings.find(({ keys = [] }) => keys.includes(key));
  if (holder === undefined || holder.action === action) return { ...choices, [action]: key };
  return isMovable(holder) ? { ...choices, [action]: key, [holder.action]: own.keys?.[0] } : undefined;
};

/** As it was kept; whatever is no choice of this build, or would give one key to two actions, is none. */
export const parseKeyChoices = (text: string | null): KeyChoices => {
  let kept: unknown;
  try {
    kept = JSON.parse(text ?? '{}');
  } catch {
    return {};
  }
  if (typeof kept !== 'object' || kept === null) return {};
  const known: ReadonlyMap<string, KeyBinding> = new Map(KEY_BINDINGS.map((binding) => [binding.action, binding]));
  const choices = Object.fromEntries(
    Object.entries(kept).filter(([action, key]) => {
      const binding = known.get(action);
      return binding !== undefined && isMovable(binding) && typeof key === 'string' && FREE_KEYS.has(key);
    }),
  ) as KeyChoices;
  const keys = createKeyMap(choices).bindings.flatMap((binding) => binding.keys ?? []);
  return new Set(keys).size === keys.length ? choices : {};
};
