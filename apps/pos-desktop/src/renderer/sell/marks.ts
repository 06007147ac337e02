/** What chooses one of many by a single key: figures, then letters. */
export const MARKS: readonly string[] = [...'123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ'];

/** The place that a character chooses; -1 where it chooses none. */
export const indexOfMark = (character: string): number => MARKS.indexOf(character.toUpperCase());
