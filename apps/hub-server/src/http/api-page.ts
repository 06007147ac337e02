/** The document of the API as one page: everything is in it, nothing is fetched, and it reads without a script. */
import type { ApiDocument, JsonSchema, OperationDocument } from './openapi.ts';

/** HTML that is safe as it stands. */
interface Markup {
  readonly html: string;
}

type Part = Markup | string | number | boolean | undefined | readonly Part[];

const text = (part: Part): string => {
  if (part === undefined || part === false || part === true) return '';
  if (Array.isArray(part)) return part.map(text).join('');
  if (typeof part === 'object') return (part as Markup).html;
  return String(part).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
};

const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup => ({
  html: strings.reduce((page, string, index) => page + text(parts[index - 1]) + string),
});

interface Operation extends OperationDocument {
  readonly method: string;
  readonly path: string;
}

export function apiPage(document: ApiDocument, nonce: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Operation => ({ ...operation, method, path })),
  );
  const groups = [...Map.groupBy(operations, ({ tags: [tag] }) => tag)].toSorted(([one], [other]) => (one < other ? -1 : 1));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width" />
        <meta name="color-scheme" content="light dark" />
        <title>${document.info.title}: API ${document.info.version}</title>
        <style nonce="${nonce}">
          ${{ html: STYLE }}
        </style>
      </head>
      <body>
        <nav aria-label="Parts of the API">
          <label>Find <input type="search" id="find" autocomplete="off" placeholder="path or word" /></label>
          <ul>
            ${groups.map(([tag, of]) => html`<li><a href="#${tag}">${tag}</a> <small>${of.length}</small></li>`)}
          </ul>
        </nav>
        <main>
          <h1>${document.info.title}: API ${document.info.version}</h1>
          <p>${document.info.description}</p>
          <p>For programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
          ${groups.map(
            ([tag, of]) =>
              html`<section id="${tag}">
                <h2>${tag}</h2>
                ${of.map(operationOf)}
              </section>`,
          )}
          <p id="none" hidden>No path has that in it.</p>
        </main>
        <script nonce="${nonce}">
          ${{ html: SCRIPT }};
        </script>
      </body>
    </html> `;
  return page.html;
}

function operationOf({ method, path, operationId, summary, parameters, requestBody, responses }: Operation): Markup {
  const [status = '200', answer] = Object.entries(responses).find(([name]) => name.startsWith('2')) ?? [];
  const gives = answer !== undefined && 'content' in answer ? Object.entries(answer.content ?? {}) : [];
  return html`<details id="${operationId}">
    <summary><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> <span>${summary}</span></summary>
    ${
      parameters.length > 0 &&
      html`<table>
        <thead>
          <tr>
            <th>asked</th>
            <th>where</th>
            <th>what</th>
          </tr>
        </thead>
        <tbody>
          ${parameters.map(
            ({ name, in: where, required, schema, description }) =>
              html`<tr>
                <td><code>${name}</code></td>
                <td>${where}${required && ', needed'}</td>
                <td>${wordsOf(schema)}${description !== undefined && html`<p>${description}</p>`}</td>
              </tr>`,
          )}
        </tbody>
      </table>`
    }
    ${
      requestBody !== undefined &&
      html`<h3>Body${!requestBody.required && ' (may be left out)'}</h3>
        ${Object.entries(requestBody.content).map(mediaOf)}`
    }
    <h3>Answer ${status}</h3>
    ${gives.map(mediaOf)}
  </details>`;
}

const mediaOf = ([type, { schema }]: readonly [string, { readonly schema?: JsonSchema }]): Markup =>
  html`<p><code>${type}</code></p>
    ${schema !== undefined && Object.keys(schema).length > 0 && html`<pre>${JSON.stringify(schema, null, 2)}</pre>`}`;

/** A parameter's schema is small: it is said in a line. */
function wordsOf({ type, default: preset, ...rest }: JsonSchema): string {
  const kind = type === undefined ? '' : Array.isArray(type) ? type.join(' or ') : JSON.stringify(type).replaceAll('"', '');
  const limits = Object.entries(rest).map(([name, value]) => `${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`);
  return [kind, ...limits, ...(preset === undefined ? [] : [`${JSON.stringify(preset)} where it is left out`])]
    .filter((word) => word !== '')
    .join('; ');
}

const STYLE = `
:root { --ink: #17191c; --dim: #5b6168; --paper: #fbfbfa; --surface: #fff; --line: #dfe1e3; --accent: #0b6e5f; --sunken: #f1f2f2 }
@media (prefers-color-scheme: dark) { :root { --ink: #eceef0; --dim: #a3a9b0; --paper: #131517; --surface: #1b1e21; --line: #32373c; --accent: #5fc3b1; --sunken: #22262a } }
* { box-sizing: border-box }
body { margin: 0; display: grid; grid-template-columns: 240px minmax(0, 1fr); font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper) }
nav { position: sticky; inset-block-start: 0; block-size: 100vh; overflow-y: auto; padding: 24px 20px; border-inline-end: 1px solid var(--line); font-size: 14px }
nav ul { list-style: none; margin: 16px 0 0; padding: 0 }
nav li { display: flex; justify-content: space-between; padding: 3px 0 }
nav small { color: var(--dim); font-variant-numeric: tabular-nums }
label { display: grid; gap: 4px; color: var(--dim) }
input { font: inherit; color: inherit; padding: 7px 10px; inline-size: 100%; border: 1px solid var(--line); border-radius: 8px; background: var(--surface) }
a { color: var(--accent); text-decoration: none }
a:hover { text-decoration: underline }
main { padding: 24px 32px 60px; max-inline-size: 1080px }
h1 { font-size: 26px; letter-spacing: -0.01em }
h2 { margin: 32px 0 8px; font-size: 18px }
h3 { margin: 14px 0 4px; font-size: 14px }
details { margin-block: 6px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); padding: 0 14px }
details[open] { padding-block-end: 12px }
summary { padding: 9px 0; cursor: pointer; overflow-wrap: anywhere }
summary span { color: var(--dim); margin-inline-start: 8px }
summary b { display: inline-block; min-inline-size: 62px; font-size: 13px; color: var(--accent) }
summary b.delete { color: #c0392b }
code, pre { font: 14px/1.5 ui-monospace, monospace }
pre { margin: 6px 0; padding: 12px; overflow: auto; max-block-size: 420px; border-radius: 8px; background: var(--sunken) }
table { inline-size: 100%; border-collapse: collapse; font-size: 14px }
th, td { padding: 6px 12px 6px 0; text-align: start; vertical-align: top; border-block-end: 1px solid var(--line); overflow-wrap: anywhere }
th { color: var(--dim); font-weight: 500 }
td p { margin: 2px 0 0; color: var(--dim) }
:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
[hidden] { display: none }
@media (max-width: 760px) { body { grid-template-columns: 1fr } nav { position: static; block-size: auto; border: 0 } nav ul { columns: 2 } main { padding: 0 16px 40px } }
`;

/** Finds paths by what stands in their first line; a link to one opens it. */
const SCRIPT = `
const sections = [...document.querySelectorAll('section')];
document.getElementById('find').addEventListener('input', ({ target }) => {
  const words = target.value.toLowerCase().split(/\\s+/).filter(Boolean);
  for (const section of sections) {
    const shown = [...section.querySelectorAll('details')].filter((one) => {
      const said = one.querySelector('summary').textContent.toLowerCase();
      return !(one.hidden = !words.every((word) => said.includes(word)));
    });
    section.hidden = shown.length === 0;
  }
  document.getElementById('none').hidden = sections.some((section) => !section.hidden);
});
const openNamed = () => {
  const named = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (named instanceof HTMLDetailsElement) named.open = true;
};
addEventListener('hashchange', openNamed);
openNamed();
`;
