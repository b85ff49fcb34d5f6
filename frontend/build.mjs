// Bundles the pages' scripts into the package, and holds their budget.
//
//     node build.mjs            build
//     node build.mjs --check    build, and fail where the budget is exceeded or a type is wrong
//
// Every file has a hash in its name, so that browsers may keep it; manifest.json tells the server which is which.

import { build } from "esbuild";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync } from "node:zlib";

const OUT = "../src/flask_firebase_login/pages/static/build";
const KB = 1000;
const BUDGET = { first: 10 * KB, all: 45 * KB };

rmSync(OUT, { recursive: true, force: true });
const { metafile } = await build({
  entryPoints: ["src/sign-in.ts", "src/account.ts"],
  outdir: OUT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
});

const outputs = Object.entries(metafile.outputs);
const brotli = (path) => brotliCompressSync(readFileSync(path)).length;
const manifest = {};
const sizes = { first: 0, all: 0 };
for (const [path, output] of outputs) {
  sizes.all += brotli(path);
  if (!output.entryPoint?.startsWith("src/") || !/\/(sign-in|account)-/.test(`/${basename(path)}`)) continue;
  const first = [path, ...output.imports.filter((one) => one.kind === "import-statement").map((one) => one.path)];
  const size = first.reduce((sum, one) => sum + brotli(one), 0);
  manifest[basename(output.entryPoint, ".ts")] = basename(path);
  sizes.first = Math.max(sizes.first, size);
}
writeFileSync(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);

for (const [what, size] of Object.entries(sizes)) {
  console.log(`   ${what.padEnd(6)} ${(size / KB).toFixed(1)} KB of at most ${BUDGET[what] / KB} KB, brotli`);
}
if (process.argv.includes("--check") && Object.entries(sizes).some(([what, size]) => size > BUDGET[what])) {
  console.error("The pages' scripts are over their budget.");
  process.exit(1);
}
