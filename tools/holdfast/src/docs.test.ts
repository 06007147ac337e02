/** What the documents link to is there, and so are the commands and flags that they name. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { manualPage, type Command } from './command.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const documents = ['.', 'docs', 'docs/decisions', 'docs/guides', 'packages/sync'].flatMap((folder) =>
  readdirSync(join(ROOT, folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name)),
);
const textOf = (document: string): string => readFileSync(join(ROOT, document), 'utf8');

/** As GitHub names the place of a heading. */
const anchorOf = (heading: string): string =>
  heading
    .replaceAll(/[`*_]/gu, '')
    .trim()
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}\- ]/gu, '')
    .replaceAll(' ', '-');
const anchorsOf = (document: string): ReadonlySet<string> =>
  new Set([...textOf(document).matchAll(/^#+ (.*)$/gmu)].map(([, heading = '']) => anchorOf(heading)));

function isDead(document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : join(dirname(document), path);
  if (!existsSync(join(ROOT, target))) return true;
  return anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor);
}

test('no link leads nowhere', () => {
  const links = documents.flatMap((document) =>
    [...textOf(document).matchAll(/\]\(([^)\s]+)\)/gu)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/u.test(link))
      .map((link) => ({ document, link })),
  );
  expect(links.length).toBeGreaterThan(200);
  expect(links.filter(({ document, link }) => isDead(document, link))).toEqual([]);
});

test('no command is named that is not there, and none with a flag that it does not take', async () => {
  const files = readdirSync(join(import.meta.dirname, 'commands')).filter((file) => /^[a-z]+\.ts$/u.test(file));
  const pages = new Map<string, string>();
  for (const file of files) {
    const { command } = (await import(`./commands/${file.replace('.ts', '')}.ts`)) as { command: Command };
    pages.set(command.name, manualPage(command));
  }
  const named = documents.flatMap((document) =>
    [...textOf(document).matchAll(/pnpm holdfast ([a-z]+)([^`\n]*)/gu)].map(([, command = '', rest = '']) => ({ document, command, rest })),
  );
  expect(named.length).toBeGreaterThan(40);
  expect(named.filter(({ command }) => !pages.has(command))).toEqual([]);
  const flags = named.flatMap(({ document, command, rest }) =>
    [...rest.matchAll(/--[a-z][a-z0-9-]*/gu)].map(([flag]) => ({ document, command, flag })),
  );
  expect(flags.filter(({ command, flag }) => !pages.get(command)?.includes(`${flag} `))).toEqual([]);
});
