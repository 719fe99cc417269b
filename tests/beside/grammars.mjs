// Reads headers with the packages of others.
//
//   node grammars.mjs FOLDER FILE      FOLDER holds their node_modules
//
// Reads {"policies": [text], "cookies": [text]} from the file; prints {"policies": [{directives, findings}], "cookies": [...]}.
import fs from "node:fs";
import path from "node:path";
import process from "node:process";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const asked = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
const folder = path.join(process.argv[2], "node_modules");
const require = createRequire(path.join(folder, "package.json"));
const load = async (file) => import(pathToFileURL(require.resolve(file)));

const parser = await load("content-security-policy-parser");
const parse = parser.default?.default ?? parser.default ?? parser;
const { CspEvaluator } = require("csp_evaluator/dist/evaluator.js");
const { CspParser } = require("csp_evaluator/dist/parser.js");
const { Cookie } = require("tough-cookie");

const policies = (asked.policies ?? []).map((text) => ({
  directives: Object.fromEntries([...parse(text)]),
  findings: new CspEvaluator(new CspParser(text).csp)
    .evaluate()
    .map(({ type, severity, directive, value }) => ({ type, severity, directive, value })),
}));
const cookies = (asked.cookies ?? []).map((text) => {
  const cookie = Cookie.parse(text, { loose: true });
  return cookie
    ? {
        name: cookie.key,
        secure: cookie.secure,
        httpOnly: cookie.httpOnly,
        sameSite: cookie.sameSite ?? "",
        path: cookie.path ?? "",
        domain: cookie.domain ?? "",
      }
    : null;
});
process.stdout.write(JSON.stringify({ policies, cookies }));
