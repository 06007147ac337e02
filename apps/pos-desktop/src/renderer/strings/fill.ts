/** How a text of a catalogue is filled in. */

export type Values = Readonly<Record<string, string | undefined>>;

const PART = ' · ';
export const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(PART);

export const PLACEHOLDER = /\{(\w+)\}/gu;

/** A part whose value is not known is left out; of a text in one part, the value alone is. */
export const fill = (template: string, values: Values = {}): string => {
  const parts = template.split(PART);
  const isKnown = (part: string): boolean => [...part.matchAll(PLACEHOLDER)].every(([, name = '']) => (values[name] ?? '') !== '');
  const told = parts.length === 1 ? parts : parts.filter(isKnown);
  return told.map((part) => part.replaceAll(PLACEHOLDER, (_, name: string) => values[name] ?? '')).join(PART);
};
