import { loadRuntime, type OnnxRuntime, type RuntimeName } from './runtime.ts';

/**
 * Which ONNX Runtime is installed, and what it can compute on ('cpu', 'cuda', …; an empty list if the build does not say).
 * @throws RingformerError 'no-backend' that says what to install.
 */
export async function inspectOnnx(
  wanted?: RuntimeName | OnnxRuntime,
): Promise<{ readonly version: string; readonly providers: readonly string[] }> {
  const { env, listSupportedBackends } = await loadRuntime(wanted);
  const { node, web, common } = env?.versions ?? {};
  const providers = listSupportedBackends?.().map(({ name }) => name) ?? [];
  return { version: node ?? web ?? common ?? 'unknown', providers };
}
