/** A drawing of 28 × 28 grey pixels, light on black, by mouse, finger or keys. `changed` is called for every stroke. */
export function drawingPad(canvas: HTMLCanvasElement, changed: () => void) {
  const SIDE = 28;
  const pixels = new Uint8Array(SIDE * SIDE);
  const context = canvas.getContext('2d') as CanvasRenderingContext2D;
  const scale = canvas.width / SIDE;
  const brush = { x: 14, y: 14, shown: false };

  const paint = () => {
    for (let i = 0; i < pixels.length; i++) {
      const grey = pixels[i];
      context.fillStyle = `rgb(${grey},${grey},${grey})`;
      context.fillRect((i % SIDE) * scale, Math.floor(i / SIDE) * scale, scale, scale);
    }
    if (!brush.shown) return;
    context.strokeStyle = '#4fc3b8';
    context.strokeRect(brush.x * scale, brush.y * scale, scale, scale);
  };
  const dab = (x: number, y: number) => {
    for (let dy = -1; dy <= 1; dy++)
      for (let dx = -1; dx <= 1; dx++) {
        const [px, py] = [Math.round(x) + dx, Math.round(y) + dy];
        if (px < 0 || py < 0 || px >= SIDE || py >= SIDE) continue;
        const grey = dx === 0 && dy === 0 ? 255 : dx === 0 || dy === 0 ? 200 : 120;
        pixels[py * SIDE + px] = Math.max(pixels[py * SIDE + px]!, grey);
      }
  };
  let last: [number, number] | undefined;
  const stroke = (event: PointerEvent) => {
    const box = canvas.getBoundingClientRect();
    const to: [number, number] = [
      ((event.clientX - box.left) / box.width) * SIDE - 0.5,
      ((event.clientY - box.top) / box.height) * SIDE - 0.5,
    ];
    const from = last ?? to;
    const count = Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])) || 1;
    for (let i = 1; i <= count; i++)
      dab(from[0] + ((to[0] - from[0]) * i) / count, from[1] + ((to[1] - from[1]) * i) / count);
    last = to;
    paint();
    changed();
  };
  canvas.addEventListener('pointerdown', (event) => {
    canvas.setPointerCapture(event.pointerId);
    last = undefined;
    stroke(event);
  });
  canvas.addEventListener('pointermove', (event) => {
    if (event.buttons > 0) stroke(event);
  });
  canvas.addEventListener('focus', () => {
    brush.shown = canvas.matches(':focus-visible');
    paint();
  });
  canvas.addEventListener('blur', () => {
    brush.shown = false;
    paint();
  });
  canvas.addEventListener('keydown', (event) => {
    const move = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!move && event.key !== ' ') return;
    event.preventDefault();
    brush.shown = true;
    brush.x = Math.min(SIDE - 1, Math.max(0, brush.x + (move?.[0] ?? 0)));
    brush.y = Math.min(SIDE - 1, Math.max(0, brush.y + (move?.[1] ?? 0)));
    if (event.key === ' ' || event.shiftKey) {
      dab(brush.x, brush.y);
      changed();
    }
    paint();
  });
  paint();
  return {
    image: () => ({ width: SIDE, height: SIDE, channels: 1 as const, data: pixels.slice() }),
    show(grey: Uint8Array) {
      pixels.set(grey);
      paint();
    },
  };
}
