import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { listAdapters } from '../src/dawn.ts';

/** Browsers include SwiftShader, a Vulkan driver in software. */
const BROWSERS = [process.env['CHROMIUM'], '/usr/lib/chromium/chromium', '/opt/google/chrome/chrome'];

/**
 * Undefined if Dawn has an adapter, if need be Chromium's SwiftShader; otherwise the reason why not. A program that loads
 * Vulkan reads the variable only once, so this must come first.
 */
export async function whyNoVulkan(): Promise<string | undefined> {
  if (process.env['VK_ICD_FILENAMES'] === undefined && process.env['VK_DRIVER_FILES'] === undefined) {
    const driver = BROWSERS.filter((path) => path !== undefined && existsSync(path))
      .map((path) => join(dirname(realpathSync(path as string)), 'vk_swiftshader_icd.json'))
      .find((path) => existsSync(path));
    if (driver) process.env['VK_ICD_FILENAMES'] = driver;
  }
  const adapters = await listAdapters();
  return adapters.length > 0
    ? undefined
    : 'Dawn finds no Vulkan driver here (libvulkan1, and Chromium or a graphics card)';
}
