import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Installed } from './modules.ts';

/** TensorFlow's version in the binding that the packages' install script downloads. */
const DOWNLOADED_TENSORFLOW = '2.9.1';

/** TensorFlow's native library in a package. */
export type Binding = {
  readonly path: string;
  /** TensorFlow's version. */
  readonly tensorflow: string;
  /** False if TensorFlow was built without CUDA. */
  readonly cuda: boolean;
  /** Folders with TensorFlow's library and the CUDA libraries next to it. */
  readonly folders: readonly string[];
  /** True if `ringformer-build-binding` made it. */
  readonly built: boolean;
};

/** Where @tensorflow/tfjs-node and -gpu look for their binding: `lib/napi-v8` for every Node since 18. */
export function bindingFolder(installed: Installed): string {
  const { binary } = JSON.parse(readFileSync(join(installed.folder, 'package.json'), 'utf8')) as {
    binary: { napi_versions: number[] };
  };
  const running = Number(process.versions.napi);
  return join(installed.folder, 'lib', `napi-v${Math.max(...binary.napi_versions.filter((v) => v <= running))}`);
}

/** The binding of a package; undefined if there is none. */
export function findBinding(installed: Installed): Binding | undefined {
  const folder = bindingFolder(installed);
  const path = join(folder, 'tfjs_binding.node');
  if (!existsSync(path)) return undefined;
  try {
    const note = JSON.parse(readFileSync(join(folder, 'tfjs_binding.json'), 'utf8')) as {
      tensorflow: string;
      cuda: boolean;
      folder: string;
    };
    return { ...note, path, folders: [note.folder, ...besidePip(note.folder)], built: true };
  } catch {
    const folders = [join(installed.folder, 'deps/lib')];
    return { path, tensorflow: DOWNLOADED_TENSORFLOW, cuda: installed.name.endsWith('-gpu'), folders, built: false };
  }
}

/** The `nvidia/…/lib` folders that pip puts next to `tensorflow`, where its library looks by itself. */
function besidePip(folder: string): string[] {
  const nvidia = join(folder, '../nvidia');
  if (!existsSync(nvidia)) return [];
  return readdirSync(nvidia).map((name) => join(nvidia, name, 'lib'));
}
