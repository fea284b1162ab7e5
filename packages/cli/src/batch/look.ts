import { isUtf8 } from 'node:buffer';
import { nameOf } from '@ringformer/batch';
import { FailedError, UsageError } from '../errors.ts';
import type { Io } from '../io.ts';

/** How files begin that are not lines of UTF-8, what they are, and what to do. */
const OTHERS: readonly (readonly [begin: readonly number[], kind: string, remedy: string])[] = [
  [[0x1f, 0x8b], 'compressed with gzip', 'Give it a name that ends in .gz, or decompress it.'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'compressed with zstd', 'Decompress it, or compress it with gzip.'],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], 'compressed with xz', 'Decompress it, or compress it with gzip.'],
  [[0x42, 0x5a, 0x68], 'compressed with bzip2', 'Decompress it, or compress it with gzip.'],
  [[0x50, 0x4b, 0x03, 0x04], 'a ZIP archive', 'Unpack it.'],
  [[0xff, 0xfe], 'UTF-16', 'Save it as UTF-8: iconv -f utf-16 -t utf-8.'],
  [[0xfe, 0xff], 'UTF-16', 'Save it as UTF-8: iconv -f utf-16 -t utf-8.'],
];
const LF = 10;

/** Looks at how an input begins. @throws FailedError if no line of it could be used */
export function lookAt(uri: string, bytes: Uint8Array, { stderr }: Pick<Io, 'stderr'>): void {
  for (const [begin, kind, remedy] of OTHERS) {
    if (begin.every((byte, at) => bytes[at] === byte)) throw new FailedError(`${uri} is ${kind}. ${remedy}`);
  }
  const whole = bytes.subarray(0, bytes.lastIndexOf(LF) + 1);
  if (!isUtf8(whole))
    stderr.write(
      `ringformer: ${nameOf(uri)} has lines that are not UTF-8: they will be empty in the output. If it is written in another encoding, save it as UTF-8 and submit that, for example iconv -f windows-1252 -t utf-8.\n`,
    );
}

/** @throws UsageError for the first file that ends as documents do, which `ringformer translate` takes as such */
export async function refuseDocuments(inputs: readonly string[]): Promise<void> {
  const { formatOf } = await import('@ringformer/documents');
  for (const input of inputs) {
    const name = input.replace(/\.gz$/i, '');
    const isJson = /\.(jsonl|ndjson)$/i.test(name);
    if (!isJson && formatOf(name) === 'text') continue;
    throw new UsageError(
      `${input} is ${isJson ? 'a file of JSON' : 'a document'}, which can't be cut into lines of text: use ringformer translate -f. ` +
        'If its lines are texts, add --format text.',
    );
  }
}
