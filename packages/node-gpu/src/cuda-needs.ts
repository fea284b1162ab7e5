/** What a TensorFlow with CUDA loads while it starts: https://www.tensorflow.org/install/source#gpu */
export type CudaNeeds = {
  readonly cuda: string;
  /** The oldest driver for Linux that this CUDA runs on. */
  readonly driver: string;
  readonly libraries: readonly string[];
};

const cuda11 = (cudnn: number): CudaNeeds => ({
  cuda: '11',
  driver: '450.80.02',
  libraries: [
    'libcudart.so.11.0',
    'libcublas.so.11',
    'libcublasLt.so.11',
    'libcufft.so.10',
    'libcusolver.so.11',
    'libcusparse.so.11',
    `libcudnn.so.${cudnn}`,
  ],
});
const cuda12 = (cudnn: number): CudaNeeds => ({
  cuda: '12',
  driver: '525.60.13',
  libraries: [
    'libcudart.so.12',
    'libcublas.so.12',
    'libcublasLt.so.12',
    'libcufft.so.11',
    'libcusolver.so.11',
    'libcusparse.so.12',
    `libcudnn.so.${cudnn}`,
  ],
});

/** By TensorFlow's version: up to 2.14 CUDA 11, from 2.15 CUDA 12, from 2.18 with cuDNN 9. */
export function cudaNeeds(tensorflow: string): CudaNeeds {
  const [major = 0, minor = 0] = tensorflow.split('.').map(Number);
  if (major < 2 || (major === 2 && minor < 15)) return cuda11(8);
  return cuda12(minor < 18 && major === 2 ? 8 : 9);
}

/** True if version `a` is older than `b`; both like 450.80.02. */
export function isOlder(a: string, b: string): boolean {
  const [as, bs] = [a.split('.').map(Number), b.split('.').map(Number)];
  const at = Array.from({ length: Math.max(as.length, bs.length) }, (_, i) => i).find(
    (i) => (as[i] ?? 0) !== (bs[i] ?? 0),
  );
  return at !== undefined && (as[at] ?? 0) < (bs[at] ?? 0);
}
