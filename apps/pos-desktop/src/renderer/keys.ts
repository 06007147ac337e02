/** What each key does, as data: the key map on the screen and the keyboard read the same table. */
export type KeyAction =
  | 'exact'
  | 'suggested1'
  | 'suggested2'
  | 'pay'
  | 'tenders'
  | 'suspend'
  | 'return'
  | 'search'
  | 'price'
  | 'discountLine'
  | 'discountBasket'
  | 'customer'
  | 'newCustomer'
  | 'coupon'
  | 'exemption'
  | 'balance'
  | 'unlisted'
  | 'describe'
  | 'service'
  | 'slip'
  | 'roundUp'
  | 'zeroScale'
  | 'explain'
  | 'recall'
  | 'receipts'
  | 'inquiry'
  | 'drawer'
  | 'settings'
  | 'devices'
  | 'more'
  | 'ageChecked'
  | 'voidLine'
  | 'voidSale'
  | 'clear'
  | 'erase'
  | 'enter'
  | 'multiply'
  | 'selectUp'
  | 'selectDown'
  | 'addOne'
  | 'takeOne'
  | 'previousDepartment'
  | 'nextDepartment'
  | 'keyMap'
  | 'yes';

export interface KeyBinding {
  readonly action: KeyAction;
  /** `KeyboardEvent.key` of the keys that are no characters. */
  readonly keys?: readonly string[];
  /** Characters that do it while nothing is being typed. */
  readonly characters?: readonly string[];
  /** What stands on the key. */
  readonly cap: string;
}

export const KEY_BINDINGS: readonly KeyBinding[] = [
  { action: 'exact', keys: ['F1'], cap: 'F1' },
  { action: 'suggested1', keys: ['F2'], cap: 'F2' },
  { action: 'suggested2', keys: ['F3'], cap: 'F3' },
  { action: 'pay', keys: ['F4'], cap: 'F4' },
  { action: 'tenders', characters: ['/', '÷'], cap: '/' },
  { action: 'suspend', keys: ['F5'], cap: 'F5' },
  { action: 'return', keys: ['F6'], cap: 'F6' },
  { action: 'search', keys: ['F7'], cap: 'F7' },
  { action: 'price', keys: ['F8'], cap: 'F8' },
  { action: 'more', keys: ['F9'], cap: 'F9' },
  { action: 'ageChecked', keys: ['F10'], cap: 'F10' },
  { action: 'customer', keys: ['Shift+F1'], cap: '⇧F1' },
  { action: 'newCustomer', keys: ['Shift+PageUp'], cap: '⇧Page ↑' },
  { action: 'coupon', keys: ['Shift+F2'], cap: '⇧F2' },
  { action: 'discountLine', keys: ['Shift+F3'], cap: '⇧F3' },
  { action: 'discountBasket', keys: ['Shift+F4'], cap: '⇧F4' },
  { action: 'recall', keys: ['Shift+F5'], cap: '⇧F5' },
  { action: 'receipts', keys: ['Shift+F6'], cap: '⇧F6' },
  { action: 'exemption', keys: ['Shift+F7'], cap: '⇧F7' },
  { action: 'explain', keys: ['Shift+F8'], cap: '⇧F8' },
  { action: 'balance', keys: ['Shift+F9'], cap: '⇧F9' },
  { action: 'unlisted', keys: ['End'], cap: 'End' },
  { action: 'describe', keys: ['Shift+F10'], cap: '⇧F10' },
  { action: 'service', keys: ['Shift+Home'], cap: '⇧Home' },
  { action: 'roundUp', keys: ['Shift+Insert'], cap: '⇧Ins' },
  { action: 'zeroScale', keys: ['Shift+PageDown'], cap: '⇧Page ↓' },
  { action: 'slip', keys: ['Shift+End'], cap: '⇧End' },
  { action: 'inquiry', keys: ['Insert'], cap: 'Ins' },
  { action: 'drawer', keys: ['Home'], cap: 'Home' },
  { action: 'settings', keys: ['Shift+F12'], cap: '⇧F12' },
  { action: 'devices', keys: ['F12'], cap: 'F12' },
  { action: 'multiply', cap: '×' },
  { action: 'enter', keys: ['Enter'], cap: 'Enter' },
  { action: 'clear', keys: ['Escape', 'Clear'], cap: 'Esc, C' },
  { action: 'erase', keys: ['Backspace'], cap: '⌫' },
  { action: 'voidLine', keys: ['Delete'], cap: 'Del' },
  { action: 'voidSale', keys: ['Shift+Delete'], cap: 'Shift Del' },
  { action: 'selectUp', keys: ['ArrowUp'], cap: '↑' },
  { action: 'selectDown', keys: ['ArrowDown'], cap: '↓' },
  { action: 'addOne', characters: ['+'], cap: '+' },
  { action: 'takeOne', characters: ['-'], cap: '−' },
  { action: 'previousDepartment', keys: ['PageUp'], cap: 'Page ↑' },
  { action: 'nextDepartment', keys: ['PageDown'], cap: 'Page ↓' },
  { action: 'yes', characters: ['y', 'Y'], cap: 'Y' },
  { action: 'keyMap', characters: ['?'], cap: '?' },
];

const actionByCharacter = new Map(KEY_BINDINGS.flatMap(({ action, characters = [] }) => characters.map((key) => [key, action] as const)));

export const actionOfCharacter = (character: string): KeyAction | undefined => actionByCharacter.get(character);
