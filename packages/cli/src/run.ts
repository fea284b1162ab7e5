import { nearest } from '@ringformer/core/base';
import { type ArgsDef, type CommandDef, renderUsage, runCommand } from 'citty';
import { describeError, errorCode, UsageError } from './errors.ts';
import { normalise, scan } from './flags.ts';
import { colours, type Io, write } from './io.ts';
import { fileError } from './logs/file-error.ts';
import { stopCode } from './stop.ts';
import { version } from './version.ts';

/** What the overview shows of a command; its module is loaded only when it is called. */
type Entry = { readonly description: string; readonly load: () => Promise<CommandDef> };

const COMMANDS: Record<string, Entry> = {
  translate: {
    description: 'Translate arguments, files or a pipe, line by line',
    load: async () => (await import('./translate/command.ts')).translateCommand as CommandDef,
  },
  classify: {
    description: 'Classify images and show the likeliest classes as bars',
    load: async () => (await import('./classify/command.ts')).classifyCommand as CommandDef,
  },
  serve: {
    description: 'Serve models over HTTP, to LibreTranslate clients too',
    load: async () => (await import('./serve/command.ts')).serveCommand as CommandDef,
  },
  batch: {
    description: 'Translate or classify corpora on many machines: the commands below',
    load: async () => (await import('./batch/command.ts')).batchCommand as CommandDef,
  },
  'batch submit': {
    description: 'Cut corpora into shards and queue them for workers',
    load: async () => (await import('./batch/command.ts')).submitCommand as CommandDef,
  },
  'batch work': {
    description: 'Compute shards of a run until it is over',
    load: async () => (await import('./batch/command.ts')).workCommand as CommandDef,
  },
  'batch status': {
    description: 'Show how far a run is, and which shards failed and why',
    load: async () => (await import('./batch/command.ts')).statusCommand as CommandDef,
  },
  'batch cancel': {
    description: 'Stop a run; what is done stays, and submit continues it',
    load: async () => (await import('./batch/command.ts')).cancelCommand as CommandDef,
  },
  'batch join': {
    description: 'Put the output of a finished run together, in order',
    load: async () => (await import('./batch/command.ts')).joinCommand as CommandDef,
  },
  prepare: {
    description: "Prepare one of the paper's data sets, from files that you have, for training",
    load: async () => (await import('./prepare/command.ts')).prepareCommand as CommandDef,
  },
  train: {
    description: 'Train a translation model on parallel text, or resume a run',
    load: async () => (await import('./train/command.ts')).trainCommand as CommandDef,
  },
  'train vision': {
    description: 'Train an image classifier on labelled images, or resume a run',
    load: async () => (await import('./train/command.ts')).trainVisionCommand as CommandDef,
  },
  evaluate: {
    description: 'Translate a test set and print BLEU and chrF',
    load: async () => (await import('./evaluate/command.ts')).evaluateCommand as CommandDef,
  },
  compare: {
    description: 'Compare training runs: scores, parameters, cost, time and curves',
    load: async () => (await import('./compare/command.ts')).compareCommand as CommandDef,
  },
  quantize: {
    description: 'Convert a model to int8 or half-precision weights',
    load: async () => (await import('./quantize/command.ts')).quantizeCommand as CommandDef,
  },
  inspect: {
    description: 'Show what a checkpoint contains: tensors, shapes, types, counts',
    load: async () => (await import('./checkpoint/command.ts')).inspectCommand as CommandDef,
  },
  analyse: {
    description: 'Draw what happens inside a model: attention, signals, how alike its levels are',
    load: async () => (await import('./analyse/command.ts')).analyseCommand as CommandDef,
  },
  cost: {
    description: 'Count the parameters, multiply–adds and memory of a model, trained or not',
    load: async () => (await import('./cost/command.ts')).costCommand as CommandDef,
  },
  import: {
    description: "Make a model directory from the authors' weights",
    load: async () => (await import('./checkpoint/command.ts')).importCommand as CommandDef,
  },
  export: {
    description: "Write a model as safetensors, with our names or the authors', or as ONNX graphs",
    load: async () => (await import('./checkpoint/command.ts')).exportCommand as CommandDef,
  },
  verify: {
    description: "Compare this implementation with the reference's recorded numbers",
    load: async () => (await import('./verify/command.ts')).verifyCommand as CommandDef,
  },
  doctor: {
    description: "Report what this machine can run, and explain what it can't",
    load: async () => (await import('./doctor/command.ts')).doctorCommand as CommandDef,
  },
};

/** Exit codes: success; a check or the work failed; the command line is wrong. stop.ts has those of signals. */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * Runs one command line and returns its exit code. Never throws: errors become lines on stderr. If the reader of stdout
 * leaves, the command stops; if only the reader of stderr does, it goes on without a word.
 */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  const gone = new AbortController(); // stdout can't be written any more
  const onError = (error: Error) => gone.abort(error);
  const ignore = () => {};
  io.stdout.on('error', onError);
  io.stderr.on('error', ignore);
  try {
    return await dispatch(argv, { ...io, signal: AbortSignal.any([io.signal, gone.signal]) });
  } catch (caught) {
    const unwritten: unknown = gone.signal.reason;
    if (errorCode(unwritten ?? caught) === 'EPIPE') return EXIT.ok;
    const failed = errorCode(caught) === 'bad-file' || errorCode(caught) === 'lost'; // while it was stopping
    if (!failed && (io.signal.aborted || (!unwritten && (caught as Error).name === 'AbortError')))
      return stopCode(io.signal.reason ?? caught);
    if ((caught as Error).name === 'OtherRankFailed') return EXIT.failed; // it says why itself
    const error = unwritten ? fileError('write', 'the standard output', unwritten) : caught;
    const text = describeError(error, argv.includes('--debug'));
    await write(io.stderr, text).catch(() => {});
    return error instanceof UsageError ? EXIT.usage : EXIT.failed;
  } finally {
    await new Promise((resolve) => setImmediate(resolve)); // a late EPIPE arrives as an event
    io.stdout.off('error', onError);
    io.stderr.off('error', ignore);
  }
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const { name, rest } = commandOf(argv);
  if (name === '--version' || name === '-v') {
    await write(io.stdout, `${version}\n`);
    return EXIT.ok;
  }
  if (name === undefined || name === '--help' || name === '-h') {
    const usage = await renderUsage(overview());
    await write(name === undefined ? io.stderr : io.stdout, painted(usage, io));
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  const entry = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (!entry) {
    const closest = nearest(name, Object.keys(COMMANDS));
    const hint = closest ? `Did you mean ${closest}?` : `Commands: ${Object.keys(COMMANDS).join(', ')}.`;
    throw new UsageError(`Unknown command '${name}'. ${hint}`);
  }
  const command = await entry.load();
  const words = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (words.includes('--help') || words.includes('-h')) {
    await write(io.stdout, painted(await renderUsage(command, overview()), io));
    return EXIT.ok;
  }
  const scanned = withHint(name, () => scan(rest, command.args as ArgsDef));
  const { result } = await runCommand(command, { rawArgs: normalise(scanned), data: io });
  return typeof result === 'number' ? result : EXIT.ok;
}

/** Splits off the command's name; 'train vision' is one name. */
function commandOf(argv: readonly string[]): { name: string | undefined; rest: readonly string[] } {
  const both = argv.slice(0, 2).join(' ');
  return Object.hasOwn(COMMANDS, both) ? { name: both, rest: argv.slice(2) } : { name: argv[0], rest: argv.slice(1) };
}

function withHint<T>(command: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UsageError) error.message += ` See ringformer ${command} --help.`;
    throw error;
  }
}

/** The program itself, with its commands as stubs, so that its help loads no command's module. */
function overview(): CommandDef {
  const stub = ([name, { description }]: [string, Entry]) => [name, { meta: { name, description } }];
  return {
    meta: {
      name: 'ringformer',
      version,
      description: 'Translate, train, evaluate and verify RingFormer models',
    },
    subCommands: Object.fromEntries(Object.entries(COMMANDS).map(stub)) as Record<string, CommandDef>,
  };
}

/** citty decides on colours by the environment; this program decides by the stream. */
function painted(usage: string, io: Io): string {
  const plain = colours(io.stdout, io.env).bold('') === '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a colour
  const text = plain ? usage.replace(/\u001b\[\d+m/g, '') : usage;
  return `${text.replace(/[ \t]+$/gm, '').trimEnd()}\n`;
}
