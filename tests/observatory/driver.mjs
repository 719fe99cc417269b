// Scores hosts with the package of MDN's HTTP Observatory.
//
//   node driver.mjs FOLDER FILE      FOLDER holds its node_modules
//
// Reads {"hosts": [host], "places": {host: {"443": port, "80": port}}, "preload": {host: {...}}} from the file, goes to these
// ports of loopback instead of those hosts, and prints {host: {score, grade, tests} or {error}}.
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";

const AT_ONCE = 8;

const asked = JSON.parse(fs.readFileSync(process.argv[3], "utf8"));
const folder = path.join(process.argv[2], "node_modules", "@mdn", "mdn-http-observatory");

// The list that its postinstall would have fetched.
const readFileSync = fs.readFileSync;
fs.readFileSync = (file, ...rest) =>
  String(file).endsWith("hsts-preload.json")
    ? JSON.stringify(asked.preload)
    : readFileSync(file, ...rest);

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  const place = asked.places[options.host];
  if (!place) throw new Error(`${options.host} is not on this machine`);
  options.port = place[String(options.port)];
  options.host = "127.0.0.1";
  return connect.apply(this, args);
};

const { scan } = await import(pathToFileURL(path.join(folder, "src", "index.js")));

async function scored(host) {
  try {
    const { scan: sum, tests } = await scan(host);
    const told = Object.entries(tests).map(([name, test]) => [
      name,
      [test.result, test.scoreModifier],
    ]);
    return { algorithm: sum.algorithmVersion, score: sum.score, grade: sum.grade, tests: Object.fromEntries(told) };
  } catch (error) {
    return { error: String(error.message) };
  }
}

const left = asked.hosts;
const found = {};
async function work() {
  for (let host = left.pop(); host !== undefined; host = left.pop()) {
    found[host] = await scored(host);
  }
}
await Promise.all(Array.from({ length: AT_ONCE }, work));
// Connections kept alive would hold the process.
process.stdout.write(JSON.stringify(found), () => process.exit(0));
