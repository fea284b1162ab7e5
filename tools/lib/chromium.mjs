// @ts-check
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { Failure } from './exec.mjs';

const PROGRAMS = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** WebGL and WebGPU on SwiftShader, which computes in float32 on the processor. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--use-angle=swiftshader',
  '--enable-unsafe-swiftshader',
  '--ignore-gpu-blocklist',
  '--enable-unsafe-webgpu',
  '--use-webgpu-adapter=swiftshader',
];

/** The Chromium that CHROMIUM names, or the one that is found. @returns {string | undefined} */
export function chromiumProgram() {
  return process.env.CHROMIUM ?? PROGRAMS.find((path) => existsSync(path));
}

/** What lets a page share memory with its workers. */
export const ISOLATION = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};

/**
 * Does something in a headless Chromium with a profile of its own. CHROMIUM names the program, if it isn't found.
 * @template T @param {(context: import('playwright-core').BrowserContext) => Promise<T>} work
 * @param {string[]} [args] of the program @returns {Promise<T>}
 */
export async function inChromium(work, args = FLAGS) {
  const program = chromiumProgram();
  if (!program) {
    const needed = process.env.RINGFORMER_BROWSER === 'required';
    throw new Failure(
      'no Chromium on this machine: nothing was tried in a browser (CHROMIUM=path names one)',
      needed ? 1 : 0,
    );
  }
  const profile = mkdtempSync(join(tmpdir(), 'ringformer-chromium-'));
  const options = { executablePath: program, headless: true, args };
  const context = await chromium.launchPersistentContext(profile, options);
  try {
    return await work(context);
  } finally {
    await context.close();
    rmSync(profile, { recursive: true, force: true });
  }
}
