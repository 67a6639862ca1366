#!/usr/bin/env node
// Starts the km of this platform's package. Nothing is downloaded or written: it works with scripts off and without a network.
"use strict";
const path = require("node:path");

const file = process.platform === "win32" ? "km.exe" : "km";
const name = `@kilometers/km-${process.platform}-${process.arch}`;
// npm has installed the one that fits; to find out the C library would take longer than everything else here.
const program = [name, `${name}-musl`].flatMap((one) => {
  try {
    return [path.join(path.dirname(require.resolve(`${one}/package.json`)), "bin", file)];
  } catch {
    return [];
  }
})[0];
if (program === undefined) {
  console.error(`km: the package ${name} is not installed.`);
  console.error("Either there is no km for this platform, or optional dependencies were left out: npm install --include=optional");
  process.exit(127);
}

const args = process.argv.slice(2);
if (process.execve && process.platform !== "win32") {
  // From Node.js 22.15 on this process becomes km: no second process, and signals reach it directly.
  process.execve(program, [program, ...args], process.env);
}

const child = require("node:child_process").spawn(program, args, { stdio: "inherit", windowsHide: true });
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR2"];
for (const signal of signals) process.on(signal, () => child.kill(signal));
child.on("error", (error) => {
  console.error(`km: ${program} cannot be started: ${error.message}`);
  process.exit(126);
});
child.on("exit", (code, signal) => {
  if (signal === null) process.exit(code);
  for (const one of signals) process.removeAllListeners(one);
  process.kill(process.pid, signal);
});
