// Loaded before MDN's command: what it asks of a practice host at the usual ports goes to the ports that the fleet gave it.
const net = require("node:net");
const fs = require("node:fs");

const places = JSON.parse(fs.readFileSync(process.env.PRACTICE_PLACES, "utf8"));
const connect = net.Socket.prototype.connect;

net.Socket.prototype.connect = function (...asked) {
  const options = Array.isArray(asked[0]) ? asked[0][0] : asked[0];
  const ports = options && places[options.host];
  if (ports) {
    options.port = ports[options.port] ?? options.port;
    options.host = "127.0.0.1";
  }
  return connect.apply(this, asked);
};
