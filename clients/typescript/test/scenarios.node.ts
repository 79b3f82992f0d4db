/** Usage: scenarios.node.js URL FILE, with a token in SNCGATE_TOKEN */
import { readFile } from "node:fs/promises";
import { connect } from "../src/node.js";
import { runAll } from "./scenarios.js";

const [url, file] = process.argv.slice(2);
const client = connect(url!, { token: process.env["SNCGATE_TOKEN"] ?? "" });
const document = JSON.parse(await readFile(file!, "utf8"));
process.exitCode = (await runAll(client, "typescript", document, console.log)) > 0 ? 1 : 0;
client.close();
