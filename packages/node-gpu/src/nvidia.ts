import { execFile } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** A card as `nvidia-smi` reports it. */
export type Card = { readonly name: string; readonly memoryMiB: number; readonly computeCapability: number };

/** NVIDIA's hardware and driver. `onBus`: the machine has an NVIDIA card, with or without a driver. */
export type Nvidia = { readonly driver: string | undefined; readonly cards: readonly Card[]; readonly onBus: boolean };

/** Driver and cards, from the kernel's files and `nvidia-smi`; nothing is loaded. */
export async function readNvidia(): Promise<Nvidia> {
  const query = '--query-gpu=driver_version,name,memory.total,compute_cap';
  const listed = await output('nvidia-smi', [query, '--format=csv,noheader,nounits']);
  const rows = parseCards(listed ?? '');
  return {
    driver: readDriver() ?? rows[0]?.driver,
    cards: rows.map(({ driver, ...card }) => card),
    onBus: rows.length > 0 || isOnBus(),
  };
}

/** Lines like `535.104, NVIDIA A100-SXM4-40GB, 40960, 8.0`. */
export function parseCards(csv: string): (Card & { driver: string })[] {
  return csv.split('\n').flatMap((line) => {
    const [driver, name, memory, capability] = line.split(',').map((field) => field.trim());
    if (!driver || !name || !/^\d+\./.test(driver)) return [];
    return [{ driver, name, memoryMiB: Number(memory), computeCapability: Number(capability) }];
  });
}

/** The version in `/proc/driver/nvidia/version`, of the closed and of the open kernel module. */
export function parseDriver(text: string): string | undefined {
  return /Kernel Module(?:\s+for\s+\S+)?\s+(\d+(?:\.\d+)+)/.exec(text)?.[1];
}

function readDriver(): string | undefined {
  try {
    return parseDriver(readFileSync('/proc/driver/nvidia/version', 'utf8'));
  } catch {
    return undefined;
  }
}

const NVIDIA_VENDOR = '0x10de';

function isOnBus(): boolean {
  const bus = '/sys/bus/pci/devices';
  if (!existsSync(bus)) return false;
  return readdirSync(bus).some((device) => {
    try {
      return readFileSync(join(bus, device, 'vendor'), 'utf8').trim() === NVIDIA_VENDOR;
    } catch {
      return false;
    }
  });
}

/** The path of a shared library that the loader would find by its name, or that is in one of `folders`. */
export async function findLibrary(name: string, folders: readonly string[] = []): Promise<string | undefined> {
  const inFolder = [...folders, ...(process.env['LD_LIBRARY_PATH'] ?? '').split(':')]
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
  return inFolder ?? parseLdconfig((await ldconfig()) ?? '', name);
}

/** The path after `=>` in a line of `ldconfig -p`. */
export function parseLdconfig(listing: string, name: string): string | undefined {
  const line = listing.split('\n').find((line) => line.trim().startsWith(`${name} `));
  return line?.split('=>')[1]?.trim();
}

let listing: Promise<string | undefined> | undefined;

function ldconfig(): Promise<string | undefined> {
  listing ??= (async () => (await output('ldconfig', ['-p'])) ?? output('/sbin/ldconfig', ['-p']))();
  return listing;
}

/** What a program prints; undefined if it is missing, fails, or takes longer than 10 s. */
function output(command: string, args: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(command, args, { timeout: 10_000 }, (error, stdout) => resolve(error ? undefined : stdout));
  });
}
