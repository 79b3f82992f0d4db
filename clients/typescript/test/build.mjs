/** Bundles the tests into build/. */
import { build } from "esbuild";
import { readdirSync } from "node:fs";

const shared = { bundle: true, format: "esm", target: "es2022", outdir: "build", logLevel: "warning" };
const tests = readdirSync("test").filter((name) => /\.(test|node)\.ts$/.test(name));
await build({ ...shared, platform: "node", packages: "external", entryPoints: tests.map((name) => `test/${name}`) });
await build({ ...shared, platform: "browser", entryPoints: ["test/scenarios.web.ts"] });
