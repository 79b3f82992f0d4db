/** The page of browser.mjs: it says what it found by posting lines to where it came from. */
import { connect } from "../src/web.js";
import { runAll } from "./scenarios.js";

const lines: string[] = [];
const { url, token, document: list } = await (await fetch("/scenarios")).json();
await runAll(connect(url, { token }), "typescript-web", list, (line) => lines.push(line)).catch((error) =>
  lines.push(`FAIL  ${error}`),
);
await fetch("/report", { method: "POST", body: lines.join("\n") });
