// Starts the Auth emulator of firebase-tools alone: no UI, no hub, no update check, nothing asked of any other host.
//
//     node start.mjs <project id>
//
// Listens on a free port of loopback, prints {"port": …} on one line when it does, and ends when its standard input closes,
// which it does when the parent process is gone, however it went.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const { createApp } = require("firebase-tools/lib/emulator/auth/server.js");
const { SingleProjectMode } = require("firebase-tools/lib/emulator/auth/index.js");

const [projectId] = process.argv.slice(2);
if (!projectId?.startsWith("demo-")) {
  console.error("usage: node start.mjs demo-<name>");
  process.exit(2);
}

const app = await createApp(projectId, SingleProjectMode.ERROR);
const server = app.listen(0, "127.0.0.1", () => {
  console.log(JSON.stringify({ port: server.address().port }));
});

process.stdin.on("end", () => process.exit(0));
process.stdin.resume();
