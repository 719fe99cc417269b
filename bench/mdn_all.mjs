// Many sites in one process of MDN's scanner, which it offers as a library: ARGUMENTS are its folder and the hosts.
const [home, ...hosts] = process.argv.slice(2);
const { scan } = await import(`${home}/src/scanner/index.js`);
const done = await Promise.allSettled(hosts.map((host) => scan(host)));
console.log(JSON.stringify({ answered: done.filter((one) => one.status === "fulfilled").length }));
