// @ts-check
import { existsSync } from 'node:fs';

const PROGRAMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** The Chromium that CHROMIUM names, or else one that is installed. @returns {string | undefined} */
export function chromiumProgram() {
  return process.env.CHROMIUM || PROGRAMS.find((path) => existsSync(path));
}

/** WebGL and WebGPU on SwiftShader, which computes in float32 on the processor. */
export const SOFTWARE_GPU = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];
