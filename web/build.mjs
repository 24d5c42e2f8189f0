// What the server serves: `t.js`, its copy under its own hash, and the chunks; or, with `--npm`, the
// package. Fails where something outgrows its budget.
//
//     node build.mjs [--npm] [--out DIR]

import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const BUDGET = { core: 2500, withShims: 4000, furtherShim: 1200, stub: 350 };
// Beside those that `shims` holds: each is asked for by itself (docs/decisions/0048-shims.md).
const FURTHER = ['fpr', 'tolt', 'growsumo'];

const { values: options } = parseArgs({
  options: {
    out: { type: 'string' },
    npm: { type: 'boolean', default: false },
  },
});

const out =
  options.out ?? join(HERE, options.npm ? 'dist' : '../src/headwater/http/tag');

const COMMON = {
  bundle: true,
  minify: true,
  write: false,
  target: 'es2022',
  legalComments: 'none',
  logLevel: 'warning',
  // Modules are strict anyway, and the core says nothing that strictness would change.
  tsconfigRaw: {},
};

const digest = (text, kind, format = 'hex') => createHash(kind).update(text).digest(format);
const packed = (text) => gzipSync(text, { level: 9 }).length;

async function bundled(entry, more) {
  const made = await build({ ...COMMON, entryPoints: [join(HERE, entry)], ...more });
  return made.outputFiles[0].text.trimEnd();
}

/** By name; all are named after the hash of all, so that the core needs to know only that. */
async function chunks() {
  const folder = join(HERE, 'src/chunks');
  const names = readdirSync(folder).filter((file) => file.endsWith('.ts'));
  const texts = await Promise.all(
    names.sort().map((file) => bundled(`src/chunks/${file}`, { format: 'esm' })),
  );
  const hash = digest(texts.join('\n'), 'sha256').slice(0, 8);
  return { hash, texts: Object.fromEntries(names.map((file, i) => [basename(file, '.ts'), texts[i]])) };
}

function report(core, stub, texts) {
  const shims = packed(texts.shims);
  const rows = [
    ['core', core.length, packed(core), `${BUDGET.core} gzip`],
    ...Object.entries(texts).map(([name, text]) => [
      name,
      text.length,
      packed(text),
      FURTHER.includes(name) ? `${BUDGET.furtherShim} gzip` : '',
    ]),
    ['core and shims', '', packed(core) + shims, `${BUDGET.withShims} gzip`],
    ['stub', stub.length, '', `${BUDGET.stub} raw`],
  ];
  for (const row of rows) {
    console.log(row.map((each, i) => String(each).padEnd([18, 7, 7, 0][i])).join(' ').trimEnd());
  }
  const over = [
    packed(core) > BUDGET.core && 'the core',
    packed(core) + shims > BUDGET.withShims && 'the core with its shims',
    stub.length > BUDGET.stub && 'the stub',
    ...FURTHER.map((name) => packed(texts[name]) > BUDGET.furtherShim && `the shim ${name}`),
  ].filter(Boolean);
  if (over.length) throw new Error(`${over.join(' and ')} outgrew what a page may be asked to load`);
}

async function site() {
  const { hash, texts } = await chunks();
  const define = { CHUNKS: JSON.stringify(hash) };
  // Whatever happens in it, the page goes on.
  const rim = { banner: { js: 'try{' }, footer: { js: '}catch{}' } };
  const core = await bundled('src/core/tag.ts', { format: 'iife', define, ...rim });
  const stub = readFileSync(join(HERE, 'src/stub.js'), 'utf8').trimEnd();
  console.log('               raw     gzip    limit');
  report(core, stub, texts);
  const own = digest(core, 'sha256').slice(0, 20);
  const files = {
    't.js': core,
    [`${own}.js`]: core,
    'stub.js': stub,
    'sri.json': JSON.stringify({
      file: `${own}.js`,
      integrity: `sha384-${digest(core, 'sha384', 'base64')}`,
    }),
  };
  for (const [name, text] of Object.entries(texts)) files[`${name}-${hash}.js`] = text;
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(out, name), text);
}

async function npm() {
  mkdirSync(out, { recursive: true });
  const text = await bundled('src/index.ts', { format: 'esm', minify: false });
  writeFileSync(join(out, 'index.js'), text);
}

await (options.npm ? npm() : site());
