/** What a run reports at one step. `loss` in nats, `perSecond` tokens or images, `lr` the learning rate. */
export type ProgressStatus = { step: number; loss?: number; perSecond?: number; lr?: number };

export type Progress = {
  /** Takes the newest state; drawn at most ten times a second, or written as a line every `plainEvery` seconds. */
  update(status: ProgressStatus): void;
  /** Prints a line above the bar. */
  note(line: string): void;
  /** Ends the display: a bar is cleared; plain output ends with the last state. */
  done(): void;
};

export type ProgressOptions = {
  /** The step at which the run ends. */
  total: number;
  /** The step at which a resumed run begins: earlier steps count neither towards the time left nor the time elapsed. */
  start?: number;
  /** What `perSecond` counts. */
  unit?: 'token' | 'image';
  stream: { write(text: string): unknown; readonly isTTY?: boolean; readonly columns?: number };
  /** Width to fill; by default the stream's current width. */
  columns?: number;
  /** Milliseconds, from any origin. */
  clock?: () => number;
  /** Seconds between two lines if the stream is not a terminal. */
  plainEvery?: number;
};

const SHORT = { token: 'tok', image: 'img' };
const REDRAW_MS = 100;
const CLEAR = '\r\u001b[2K';

/** One line that shows how far a run has got: a bar on terminals, a plain line now and then elsewhere. */
export function createProgress(options: ProgressOptions): Progress {
  const { total, start = 0, unit = 'token', stream, clock = () => performance.now(), plainEvery = 30 } = options;
  const terminal = stream.isTTY === true && process.env.TERM !== 'dumb';
  const pauseMs = terminal ? REDRAW_MS : plainEvery * 1000;
  const began = clock();
  let last: ProgressStatus | undefined;
  let shownAt = Number.NEGATIVE_INFINITY;
  let shown: ProgressStatus | undefined;

  const show = () => {
    if (!last) return;
    const seconds = (clock() - began) / 1000;
    const width = (options.columns ?? stream.columns ?? 80) - 1; // in the last column some terminals wrap
    const pieces = describeStatus(last, { total, start, seconds, unit });
    stream.write(
      terminal ? CLEAR + fitLine(pieces, last.step / total, width) : `${pieces.map((p) => p.text).join('  ')}\n`,
    );
    shownAt = clock();
    shown = last;
  };
  return {
    update(status) {
      last = { ...status };
      if (clock() - shownAt >= pauseMs) show();
    },
    note(line) {
      stream.write(terminal && shown ? `${CLEAR}${line}\n` : `${line}\n`);
      if (terminal) show();
    },
    done() {
      if (terminal && shown) stream.write(CLEAR);
      if (!terminal && shown !== last) show();
      last = undefined;
      shown = undefined;
    },
  };
}

/** A part of the line; if the line is too long, the parts of the lowest rank go first. */
type Piece = { readonly text: string; readonly rank: number };
type Course = {
  readonly total: number;
  readonly start: number;
  readonly seconds: number;
  readonly unit: 'token' | 'image';
};

function describeStatus(
  { step, loss, perSecond, lr }: ProgressStatus,
  { total, start, seconds, unit }: Course,
): Piece[] {
  const left = step > start && seconds > 0 ? (seconds / (step - start)) * (total - step) : undefined;
  const pieces: (Piece | false)[] = [
    { text: `${groupDigits(step)}/${groupDigits(total)}`, rank: 6 },
    { text: `${Math.floor((100 * step) / total)} %`, rank: 2 },
    loss !== undefined && { text: `loss ${loss.toFixed(3)}`, rank: 5 },
    perSecond !== undefined && { text: formatRate(perSecond, unit), rank: 3 },
    lr !== undefined && { text: `lr ${lr.toExponential(1)}`, rank: 0 },
    left !== undefined && step < total && { text: `ETA ${formatDuration(left)}`, rank: 4 },
    { text: `elapsed ${formatDuration(seconds)}`, rank: 1 },
  ];
  return pieces.filter((piece) => piece !== false);
}

const MIN_BAR = 8;
const MAX_BAR = 30;

/** The bar takes the room that the pieces leave; a piece goes only if there is no bar left to shrink. */
function fitLine(pieces: readonly Piece[], share: number, width: number): string {
  const line = pieces.map(({ text }) => text).join('  ');
  const room = Math.min(MAX_BAR, width - line.length - 2);
  if (room >= MIN_BAR) return `${drawBar(share, room)}  ${line}`;
  if (line.length <= width) return line;
  if (pieces.length === 1) return line.slice(0, Math.max(width, 0));
  const lowest = Math.min(...pieces.map(({ rank }) => rank));
  return fitLine(
    pieces.filter(({ rank }) => rank > lowest),
    share,
    width,
  );
}

function drawBar(share: number, width: number): string {
  const full = Math.floor(Math.min(Math.max(share, 0), 1) * width);
  return '█'.repeat(full) + '░'.repeat(width - full);
}

/** With spaces between thousands: '12 000'. */
function groupDigits(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}

/** Seconds as '45 s', '2 min 05 s', '1 h 02 min' or '3 d 04 h'. */
export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '?';
  const units: readonly (readonly [name: string, seconds: number])[] = [
    ['d', 86_400],
    ['h', 3600],
    ['min', 60],
    ['s', 1],
  ];
  const whole = Math.max(0, Math.floor(seconds));
  const first = units.findIndex(([, size]) => whole >= size);
  if (first < 0 || first === 3) return `${whole} s`;
  const [name, size] = units[first]!;
  const [nextName, nextSize] = units[first + 1]!;
  const rest = Math.floor((whole % size) / nextSize);
  return `${Math.floor(whole / size)} ${name} ${String(rest).padStart(2, '0')} ${nextName}`;
}

/** '950 tok/s', '1.2 k tok/s' or '12 k img/s'. */
export function formatRate(perSecond: number, unit: 'token' | 'image'): string {
  if (!Number.isFinite(perSecond)) return `? ${SHORT[unit]}/s`;
  const power = perSecond >= 999_500 ? 'M' : perSecond >= 999.5 ? 'k' : '';
  const value = perSecond / (power === 'M' ? 1e6 : power === 'k' ? 1e3 : 1);
  return `${value.toFixed(value < 9.95 ? 1 : 0)}${power && ` ${power}`} ${SHORT[unit]}/s`;
}
