/**
 * What a company writes on its receipts, in as many languages as it likes: a line `== de ==` begins what German receipts say in place of what stands before the first such line. Where nothing is written in a
 * receipt's language, that is what it says.
 */
const LANGUAGE_LINE = /^==[ \t]*([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*)[ \t]*==[ \t]*$/u;

/** By language, in lower case; what is for all others under ''. */
function textsOf(text: string): ReadonlyMap<string, string> {
  const lines = new Map<string, string[]>([['', []]]);
  let language = '';
  for (const line of text.split('\n')) {
    const begins = LANGUAGE_LINE.exec(line)?.[1]?.toLowerCase();
    if (begins === undefined) lines.get(language)?.push(line);
    else {
      language = begins;
      if (!lines.has(language)) lines.set(language, []);
    }
  }
  return new Map([...lines].map(([name, said]) => [name, said.join('\n').trim()]));
}

/** `de-CH` is said in its own words, or in those of `de`. */
export function textIn(text: string, language: string | undefined): string {
  if (!text.includes('==')) return text;
  const texts = textsOf(text);
  const wanted = (language ?? '').toLowerCase();
  return texts.get(wanted) ?? texts.get(wanted.split('-')[0] ?? '') ?? texts.get('') ?? '';
}
