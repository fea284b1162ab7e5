// Starts everything: `node tools/run.mjs translate|classify|demo|ringformer|test|build [ARGS]`.
// Any Node.js can parse this file, so an old one prints a clear message instead of a syntax error.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  console.error(
    'RingFormer needs Node.js 20.19 or later; this is ' +
      process.version +
      '.\nInstall a newer one from https://nodejs.org and run the same command again.',
  );
  process.exit(1);
}
import('./lib/main.mjs')
  .then((main) => main.main(process.argv.slice(2)))
  .then((code) => {
    process.exitCode = code;
  });
