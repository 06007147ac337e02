/** The dependency rules and bans, proven on files that break every one of them. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';

import { describe, expect, test } from 'vitest';

const root = resolve(import.meta.dirname, '..');

interface Diagnostic {
  readonly code: string;
  readonly filename: string;
  readonly message: string;
}

function writeConfig(text: string): { readonly dir: string; readonly file: string } {
  const dir = mkdtempSync(resolve(tmpdir(), 'holdfast-lint-'));
  const file = resolve(dir, 'oxlintrc.json');
  writeFileSync(file, text);
  return { dir, file };
}

/** Lints the broken files with the project's own rules, as if they lay in the tree that they imitate. */
function lintBroken(): readonly Diagnostic[] {
  const config = readFileSync(resolve(root, '.oxlintrc.json'), 'utf8');
  const imitated = JSON.parse(config) as {
    overrides: { files: string[]; excludeFiles?: string[] }[];
    ignorePatterns: string[];
    jsPlugins: string[];
  };
  imitated.ignorePatterns = [];
  imitated.jsPlugins = [resolve(root, 'lint/boundaries.js')];
  for (const override of imitated.overrides) {
    override.files = override.files.map((glob) => `**/${glob}`);
    override.excludeFiles = (override.excludeFiles ?? []).map((glob) => (glob.startsWith('**/') ? glob : `**/${glob}`));
  }
  const { dir, file } = writeConfig(JSON.stringify(imitated));
  try {
    execFileSync(resolve(root, 'node_modules/.bin/oxlint'), ['-c', file, '--format=json', 'lint/fixtures/broken'], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const output = String((error as { stdout: Buffer }).stdout);
    return (JSON.parse(output) as { diagnostics: Diagnostic[] }).diagnostics;
  } finally {
    rmSync(dir, { recursive: true });
  }
  return [];
}

describe('the dependency rules', () => {
  const diagnostics = lintBroken();
  const said = (file: string, rule: string, text: string): boolean =>
    diagnostics.some(
      ({ code, filename, message }) => filename.endsWith(`broken/${file}/broken.ts`) && code.includes(rule) && message.includes(text),
    );

  test.each([
    ['packages/domain/src', 'boundaries', 'not @holdfast/sync'],
    ['packages/domain/src', 'boundaries', 'no node:fs'],
    ['packages/domain/src', 'no-restricted-globals', "'Date'"],
    ['packages/domain/src', 'no-restricted-globals', "'setTimeout'"],
    ['packages/domain/src', 'no-restricted-globals', "'fetch'"],
    ['packages/domain/src', 'no-restricted-globals', "'process'"],
    ['packages/domain/src', 'no-restricted-properties', 'Math.random'],
    ['packages/domain/src', 'no-float', '/ makes a float'],
    ['packages/domain/src', 'no-float', '0.5 makes a float'],
    ['packages/domain/src', 'no-float', 'toFixed makes a float'],
    ['packages/domain/src', 'docstrings', 'another docstring follows'],
    ['packages/sync/src', 'boundaries', 'not @holdfast/domain'],
    ['packages/sync/src', 'no-restricted-globals', "'Date'"],
    ['packages/base/src', 'boundaries', 'not @holdfast/domain'],
    ['apps/pos-desktop/src/renderer', 'boundaries', 'may not reach apps/pos-desktop/src/till/till.ts'],
    ['apps/pos-desktop/src/renderer', 'boundaries', 'runs without node:fs'],
    ['apps/pos-desktop/src/till', 'boundaries', 'runs without electron'],
    ['apps/pos-desktop/src/till', 'boundaries', 'may not reach apps/hub-server'],
    ['apps/hub-server/src', 'boundaries', 'not @holdfast/hardware'],
    ['apps/hub-server/src', 'boundaries', 'may not reach apps/pos-desktop'],
    ['apps/hub-server/src', 'boundaries', 'has drizzle-orm from apps/hub-server/src/db/drizzle.ts'],
    ['apps/hub-server/console', 'boundaries', 'not @holdfast/domain'],
    ['apps/hub-server/console', 'boundaries', 'may not reach apps/hub-server/src'],
    ['tools/holdfast/src', 'boundaries', 'may not reach apps/hub-server'],
    ['tools/holdfast/src', 'patience', 'waitFor gives up after a second'],
  ])('%s: %s says %s', (file, rule, text) => {
    expect(said(file, rule, text), JSON.stringify(diagnostics, null, 1)).toBe(true);
  });
});
