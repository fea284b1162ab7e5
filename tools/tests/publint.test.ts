import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { expect, it } from 'vitest';
import { tarballs } from '../lib/consumer.mjs';

it.each((await tarballs()).map((file) => [basename(file), file]))(
  '%s has a manifest that every tool reads in the same way',
  async (_, file) => {
    const tarball = Uint8Array.from(readFileSync(file)).buffer;
    const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
    expect(messages.filter(({ type }) => type === 'error').map((message) => formatMessage(message, pkg))).toEqual([]);
  },
);
