// Bundles the pages' scripts and their style sheet into the package, compressed beside each file, and holds their budget.
//
//     node build.mjs            build
//     node build.mjs --check    build, and fail where the budget is exceeded
//
// Every file has a hash in its name, so that browsers may keep it. manifest.json tells the server which is which, and what a page's script will load
// in any case, so that it is asked for at once and not one after the other.

import { build } from "esbuild";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const STATIC = "../src/flask_firebase_login/pages/static";
const OUT = `${STATIC}/build`;
const PAGES = ["sign-in", "account", "action"];
const APP_CHECK = "src/app-check.ts"; // built by itself: what it would share with the SDK would be one more file for every page
const SDK = "src/firebase.ts"; // loaded by its name in the manifest, so that a failed load can be tried again
const AT_ONCE = { "sign-in": [SDK], account: [], action: [SDK] }; // what a page's script imports dynamically as soon as it runs
const STYLES = [`${STATIC}/pages.css`, `${STATIC}/account.css`];
const KB = 1000;
const BUDGET = { first: 10 * KB, page: 39 * KB, all: 51 * KB, check: 12 * KB };

rmSync(OUT, { recursive: true, force: true });
const OPTIONS = {
  outdir: OUT,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "none",
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
};
const { metafile } = await build({ ...OPTIONS, splitting: true, entryPoints: [...PAGES.map((page) => `src/${page}.ts`), SDK, ...STYLES] });
const { metafile: appCheckMetafile } = await build({ ...OPTIONS, entryPoints: [APP_CHECK] });

const outputs = { ...metafile.outputs, ...appCheckMetafile.outputs };
const pathOf = (source) => Object.keys(outputs).find((path) => outputs[path].entryPoint === source);
const imported = (path) =>
  outputs[path].imports.filter((one) => one.kind === "import-statement").flatMap((one) => [one.path, ...imported(one.path)]);
const compressed = Object.fromEntries(Object.keys(outputs).map((path) => [path, compress(path)]));
const sizeOf = (paths) => paths.reduce((sum, path) => sum + compressed[path], 0);

const [style, accountStyle] = STYLES.map(pathOf);
const manifest = { style: basename(style), account_style: basename(accountStyle), sdk: basename(pathOf(SDK)), app_check: basename(pathOf(APP_CHECK)), scripts: {} };
const sizes = { first: 0, page: 0, all: sizeOf(Object.keys(metafile.outputs)), check: sizeOf([pathOf(APP_CHECK)]) };
for (const page of PAGES) {
  const script = pathOf(`src/${page}.ts`);
  const first = unique([script, ...imported(script)]);
  const all = unique([...first, ...AT_ONCE[page].map(pathOf).flatMap((path) => [path, ...imported(path)])]);
  manifest.scripts[page] = { file: basename(script), preloads: all.slice(1).map((path) => basename(path)) };
  sizes.first = Math.max(sizes.first, sizeOf(first));
  sizes.page = Math.max(sizes.page, sizeOf([style, ...all]));
}
writeFileSync(`${OUT}/NOTICES.txt`, notices());
writeFileSync(`${OUT}/manifest.json`, `${JSON.stringify(manifest, null, 2)}\n`);

for (const [what, size] of Object.entries(sizes)) {
  console.log(`   ${what.padEnd(6)} ${(size / KB).toFixed(1)} KB of at most ${BUDGET[what] / KB} KB, brotli`);
}
if (process.argv.includes("--check") && Object.entries(sizes).some(([what, size]) => size > BUDGET[what])) {
  console.error("The pages' scripts are over their budget.");
  process.exit(1);
}

/** Says which packages are in the scripts, and under which licences: whoever passes them on does so with these words. */
function notices() {
  const inputs = Object.values(outputs).flatMap((output) => Object.keys(output.inputs).filter((path) => output.inputs[path].bytesInOutput > 0));
  const folders = unique(inputs.flatMap((path) => /^node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path) ?? [])).sort();
  const described = folders.map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(`${folder}/package.json`, "utf8"));
    const text = ["LICENSE", "LICENSE.txt", "LICENSE.md"].map((file) => `${folder}/${file}`).find(existsSync);
    return `${name} ${version}\n${license}\n${text ? `\n${readFileSync(text, "utf8").trim()}\n` : ""}`;
  });
  return `The scripts in this folder contain:\n\n${described.join("\n----\n\n")}`;
}

/** Writes a file's compressed copies beside it, and returns the size of the smaller. */
function compress(path) {
  const content = readFileSync(path);
  const brotli = brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: content.length } });
  writeFileSync(`${path}.br`, brotli);
  writeFileSync(`${path}.gz`, gzipSync(content, { level: 9 }));
  return brotli.length;
}

function unique(paths) {
  return [...new Set(paths)];
}
