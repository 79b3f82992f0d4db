/** Runs the scenarios in headless Chromium, over grpc-web. Usage: browser.mjs URL FILE, with a token in SNCGATE_TOKEN */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";

const PATIENCE = 90_000;
const [url, file] = process.argv.slice(2);
const token = process.env["SNCGATE_TOKEN"] ?? "";
const answers = {
  "/": ["text/html", '<!doctype html><title>scenarios</title><script type="module" src="/page.js"></script>'],
  "/page.js": ["text/javascript", readFileSync(new URL("../build/scenarios.web.js", import.meta.url))],
  "/scenarios": ["application/json", JSON.stringify({ url, token, document: JSON.parse(readFileSync(file, "utf8")) })],
};

const report = Promise.withResolvers?.() ?? withResolvers();
const server = createServer(async (request, response) => {
  if (request.url === "/report") {
    report.resolve(await text(request));
    response.end();
    return;
  }
  const [type, body] = answers[request.url] ?? ["text/plain", ""];
  response.writeHead(type === "text/plain" ? 404 : 200, { "content-type": type }).end(body);
});
server.listen(0, "127.0.0.1");
await once(server, "listening");

const profile = mkdtempSync(join(tmpdir(), "sncgate-browser-"));
const chromium = spawn(
  "chromium",
  [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    `--user-data-dir=${profile}`,
    "--enable-logging=stderr",
    `http://127.0.0.1:${server.address().port}/`,
  ],
  { stdio: ["ignore", "ignore", "pipe"], detached: true },
);
const ended = once(chromium, "exit");
let said = "";
chromium.stderr.on("data", (chunk) => (said += chunk));
const timer = setTimeout(() => report.reject(new Error(`the page said nothing in ${PATIENCE} ms`)), PATIENCE);
ended.then(() => report.reject(new Error("chromium ended early")), report.reject);

try {
  const lines = await report.promise;
  console.log(lines);
  process.exitCode = lines.includes("FAIL") || !/ passed, 0 failed, /.test(lines) ? 1 : 0;
} catch (error) {
  console.error(`${error.message}\n${said}`);
  process.exitCode = 1;
} finally {
  clearTimeout(timer);
  try {
    process.kill(-chromium.pid, "SIGKILL"); // the browser and the processes it started
  } catch {
    // It has ended already.
  }
  await ended.catch(() => {});
  server.close();
  server.closeAllConnections();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}

/** For Node 20, which lacks it. */
function withResolvers() {
  const whole = {};
  whole.promise = new Promise((resolve, reject) => Object.assign(whole, { resolve, reject }));
  return whole;
}
