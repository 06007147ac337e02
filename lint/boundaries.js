/**
 * Who may import whom (docs/ARCHITECTURE.md): a table, and one rule that holds it for value imports, type imports,
 * re-exports and dynamic imports alike. `lint/boundaries.test.ts` proves on deliberately broken files that it fires.
 */
import { dirname, posix, relative, resolve, sep } from 'node:path';

/**
 * First match wins. `reach`: the folders that relative imports stay in. `packages`: the @holdfast packages it may import.
 * `bare`: third-party and node: modules; null allows any, less those in `banned`. `typesOf`: those of which it takes types
 * alone, but for the file `valuesIn`.
 */
const ZONES = [
  {
    name: 'base',
    path: /^packages\/base\/src\/(?!(?:node|folder-lock|passcode|sealing)\.)/,
    reach: ['packages/base'],
    packages: [],
    bare: [],
  },
  { name: 'base on Node', path: /^packages\/base\//, reach: ['packages/base'], packages: [], bare: null },
  { name: 'domain', path: /^packages\/domain\//, reach: ['packages/domain'], packages: ['base'], bare: [] },
  { name: 'sync adapters', path: /^packages\/sync\/src\/adapters\//, reach: ['packages/sync'], packages: ['base'], bare: null },
  { name: 'sync', path: /^packages\/sync\//, reach: ['packages/sync'], packages: ['base'], bare: [] },
  { name: 'paper', path: /^packages\/paper\//, reach: ['packages/paper'], packages: ['base', 'domain'], bare: null },
  {
    name: 'hardware',
    path: /^hardware\//,
    reach: ['hardware'],
    packages: ['base', 'base/node', 'paper', 'paper/columns', 'paper/logo'],
    bare: null,
  },
  { name: 'ui', path: /^packages\/ui\//, reach: ['packages/ui'], packages: ['base'], bare: null, banned: /^(node:|electron$)/ },
  {
    name: 'window',
    path: /^apps\/pos-desktop\/src\/renderer\//,
    reach: ['apps/pos-desktop/src/renderer', 'apps/pos-desktop/src/shared'],
    packages: ['base', 'domain', 'ui'],
    bare: null,
    banned: /^(node:|electron$)/,
  },
  {
    name: 'till contract',
    path: /^apps\/pos-desktop\/src\/shared\//,
    reach: ['apps/pos-desktop/src/shared'],
    packages: ['base', 'domain'],
    bare: ['zod'],
  },
  {
    name: 'till',
    path: /^apps\/pos-desktop\/src\/till\//,
    reach: ['apps/pos-desktop/src/till', 'apps/pos-desktop/src/shared'],
    packages: [
      'base',
      'base/folder-lock',
      'base/node',
      'base/passcode',
      'base/sealing',
      'domain',
      'sync',
      'sync/folder-parts',
      'sync/http',
      'sync/lan',
      'sync/line-fetch',
      'sync/sqlite',
      'hardware',
      'hardware/printing',
      'paper/columns',
      'paper/document',
      'paper/logo',
      'paper/receipt',
    ],
    bare: null,
    banned: /^electron$/,
  },
  {
    name: 'Electron main',
    path: /^apps\/pos-desktop\/src\/(main|preload)\//,
    reach: ['apps/pos-desktop/src/main', 'apps/pos-desktop/src/preload', 'apps/pos-desktop/src/shared'],
    packages: ['base'],
    bare: null,
  },
  {
    name: 'console',
    path: /^apps\/hub-server\/console\//,
    reach: ['apps/hub-server/console'],
    packages: ['base', 'ui'],
    bare: null,
    banned: /^(node:|electron$)/,
  },
  {
    name: 'hub',
    path: /^apps\/hub-server\/src\//,
    reach: ['apps/hub-server/src'],
    packages: [
      'base',
      'base/folder-lock',
      'base/node',
      'base/passcode',
      'base/sealing',
      'domain',
      'sync',
      'sync/certificates',
      'sync/document-store-contract',
      'paper',
      'paper/columns',
      'paper/document',
      'paper/logo',
      'paper/receipt',
      'paper/symbols',
    ],
    bare: null,
    banned: /^electron$/,
    // Each of its ES modules costs a start its share of a second: they are required once, in one place.
    typesOf: /^drizzle-orm(\/|$)/,
    valuesIn: 'apps/hub-server/src/db/drizzle.ts',
  },
  {
    name: 'tools',
    path: /^tools\/holdfast\//,
    reach: ['tools/holdfast'],
    packages: [
      'base',
      'base/folder-lock',
      'base/node',
      'domain',
      'sync',
      'domain/scenario',
      'sync/simulator',
      'sync/snapshot-stick',
      'hardware',
      'hardware/virtual',
      'paper',
      'paper/logo',
      'pos-desktop/receipt-print',
    ],
    bare: null,
  },
  {
    name: 'benchmarks',
    path: /^bench\//,
    reach: ['bench'],
    packages: [
      'base',
      'base/node',
      'domain',
      'hardware',
      'hardware/virtual',
      'hub-server/postgres-server',
      'pos-desktop/receipt-print',
      'pos-desktop/till',
      'sync',
      'sync/folder-parts',
      'sync/generated-sales',
      'sync/http',
      'sync/certificates',
      'sync/lan',
      'sync/line-fetch',
      'sync/sqlite',
      'tools/app-process',
      'tools/build',
      'tools/electron-binary',
      'tools/forwarder',
      'tools/hub-api',
      'tools/till-access',
    ],
    bare: null,
  },
];

/** What a test may import beside its zone: Node's ports, and the other end of what the zone itself speaks to. */
const OTHER_ENDS = { 'hardware/virtual': 'hardware', 'sync/certificates': 'sync/lan' };

/** A test may bring Node, its tools, and whatever lies in its own workspace; it may not reach another workspace either. */
const isTest = (file) => /\.test\.tsx?$|\/testing\//.test(file);

/**
 * The reason why `file` may not import `specifier`, or null. Both with forward slashes, `file` relative to the repository's root; `isType`: nothing of it is
 * there when the program runs.
 */
function boundaryViolation(file, specifier, isType) {
  const zone = ZONES.find((candidate) => candidate.path.test(file));
  if (!zone) return null;
  const test = isTest(file);
  if (specifier.startsWith('.')) {
    const target = posix.join(posix.dirname(file), specifier);
    const reach = test ? [...zone.reach, posix.join(...file.split('/').slice(0, 2))] : zone.reach;
    return reach.some((folder) => target.startsWith(`${folder}/`))
      ? null
      : `${zone.name} may not reach ${target}: it stays in ${reach.join(', ')}`;
  }
  if (specifier.startsWith('@holdfast/')) {
    const name = specifier.slice('@holdfast/'.length);
    if (
      zone.packages.includes(name) ||
      (test && (name === 'base/node' || zone.packages.includes(OTHER_ENDS[name]))) ||
      (name === 'ui/styles.css' && zone.packages.includes('ui'))
    )
      return null;
    return `${zone.name} may import ${zone.packages.map((known) => `@holdfast/${known}`).join(', ') || 'no package'}, not ${specifier}`;
  }
  if (test) return null;
  if (zone.banned?.test(specifier)) return `${zone.name} runs without ${specifier}`;
  if (!isType && file !== zone.valuesIn && zone.typesOf?.test(specifier)) return `${zone.name} has ${specifier} from ${zone.valuesIn}`;
  return zone.bare === null || zone.bare.includes(specifier) ? null : `${zone.name} is pure: no ${specifier}`;
}

const root = resolve(dirname(import.meta.filename), '..');

const boundaries = {
  meta: { type: 'problem', docs: { description: 'who may import whom' } },
  create(context) {
    let file = relative(root, context.filename).split(sep).join('/');
    file = file.replace(/^lint\/fixtures\/broken\//, '');
    const check = (node, source, isType = false) => {
      if (source?.type !== 'Literal' || typeof source.value !== 'string') return;
      const message = boundaryViolation(file, source.value, isType);
      if (message !== null) context.report({ node, message });
    };
    return {
      ImportDeclaration: (node) => check(node, node.source, node.importKind === 'type'),
      ExportNamedDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ExportAllDeclaration: (node) => check(node, node.source, node.exportKind === 'type'),
      ImportExpression: (node) => check(node, node.source),
      TSImportType: (node) => check(node, node.source ?? node.argument?.literal ?? node.argument, true),
    };
  },
};

/** In `domain`, outside money.ts and quantity.ts, nothing may make a float: money and quantities are integers. */
const noFloat = {
  meta: { type: 'problem', docs: { description: 'no float ever touches money or quantity' } },
  create(context) {
    const report = (node, what) =>
      context.report({ node, message: `${what} makes a float: use the named operations of money.ts or quantity.ts` });
    return {
      BinaryExpression: (node) => node.operator === '/' && report(node, '/'),
      AssignmentExpression: (node) => node.operator === '/=' && report(node, '/='),
      Literal: (node) => typeof node.value === 'number' && !Number.isInteger(node.value) && report(node, String(node.value)),
      CallExpression: (node) => {
        const callee = node.callee;
        if (callee.type === 'Identifier' && callee.name === 'parseFloat') report(node, 'parseFloat');
        if (
          callee.type === 'MemberExpression' &&
          callee.property.type === 'Identifier' &&
          ['toFixed', 'toPrecision', 'parseFloat'].includes(callee.property.name)
        )
          report(node, callee.property.name);
      },
    };
  },
};

/** A docstring stands over what it describes: one over another one has lost it. The head of a module stands before everything. */
const docstrings = {
  meta: { type: 'problem', docs: { description: 'no docstring without its subject' } },
  create(context) {
    const { text } = context.sourceCode;
    const isDoc = ({ type, value }) => type === 'Block' && value.startsWith('*');
    return {
      Program: () => {
        const comments = context.sourceCode.getAllComments();
        comments.forEach((comment, index) => {
          const next = comments[index + 1];
          if (next === undefined || !isDoc(comment) || !isDoc(next)) return;
          const [start, end] = comment.range;
          if (/\S/.test(text.slice(0, start)) && !/\S/.test(text.slice(end, next.range[0])))
            context.report({ loc: comment.loc, message: 'this describes nothing: another docstring follows' });
        });
      },
    };
  },
};

/** Vitest's own patience is a second, which a busy machine takes; `expect.poll` has the project's. */
const patience = {
  meta: { type: 'problem', docs: { description: 'no wait of a test for a second' } },
  create: (context) => ({
    CallExpression: (node) => {
      const { object, property } = node.callee;
      if (object?.name !== 'vi' || !['waitFor', 'waitUntil'].includes(property?.name) || node.arguments.length > 1) return;
      context.report({ node, message: `${property.name} gives up after a second: say how long, or use expect.poll` });
    },
  }),
};

export default { meta: { name: 'holdfast' }, rules: { boundaries, docstrings, 'no-float': noFloat, patience } };
