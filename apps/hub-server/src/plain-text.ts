/**
 * Text that the hub takes from outside: whole characters, and none of the control characters of ASCII but the line end. NUL is what
 * Postgres cannot store; the others are separators of keys, or terminals' business. Those of Latin-1 (U+0080 to U+009F) pass: real
 * catalogues hold them, as marks of an old wrong conversion, and their goods are sold all the same.
 */
export function isPlainText(text: string, maxLength: number): boolean {
  if (text.length > maxLength || !text.isWellFormed()) return false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if ((code < 0x20 && code !== 0x0a) || code === 0x7f) return false;
  }
  return true;
}
