import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** Whether this Python has a package; a line on stderr says so if not. */
export function pythonHas(python, name) {
  const found = spawnSync(python, ['-c', `import ${name}`]).status === 0;
  if (!found) console.error(`${name} takes no part: ${python} does not have it (pip install ${name}).`);
  return found;
}

/** A Python program of this folder that answers every line it reads with one of its own. → { ask, end } */
export function askPython(python, program, args) {
  const child = spawn(python, [fileURLToPath(new URL(program, import.meta.url)), ...args.map(String)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async () => {
    child.stdin.write('\n');
    const { value, done } = await lines.next();
    if (done) throw new Error(`${program} ended.`);
    return value;
  };
  return { ask, end: () => child.kill() };
}
