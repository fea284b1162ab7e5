import { setTimeout as pause } from 'node:timers/promises';
import { codeOf, RingformerError, whyNot } from '@ringformer/core/base';
import { getObject, openS3, type Place } from './s3.ts';
import type { Store } from './storage.ts';

/** A write that meets another one of the same name is repeated this often. */
const TRIES = 5;

/** A run's store in a bucket of Amazon S3 or a store like it, which must know conditional writes (If-None-Match). */
export async function s3Store(uri: string, { bucket, key: prefix }: Place): Promise<Store> {
  const { sdk, client } = await openS3();
  const at = (name: string) => ({ Bucket: bucket, Key: prefix === '' ? name : `${prefix}/${name}` });
  const failed = (action: string, name: string, cause: unknown) =>
    new RingformerError('bad-file', `[ringformer/batch] Cannot ${action} ${uri}/${name}: ${whyNot(cause)}.`, { cause });

  async function put(
    name: string,
    content: Uint8Array | string,
    condition: { IfNoneMatch?: string },
  ): Promise<boolean> {
    const Body = typeof content === 'string' ? Buffer.from(content) : content;
    for (let attempt = 1; ; attempt++) {
      try {
        await client.send(new sdk.PutObjectCommand({ ...at(name), Body, ...condition }));
        return true;
      } catch (cause) {
        if (codeOf(cause) === 'PreconditionFailed') return false;
        if (codeOf(cause) !== 'ConditionalRequestConflict' || attempt === TRIES) throw failed('write', name, cause);
        await pause(100 * attempt);
      }
    }
  }

  return {
    uri,
    async read(name) {
      try {
        const parts: Uint8Array[] = [];
        for await (const part of await getObject({ bucket, key: at(name).Key })) parts.push(part);
        return Buffer.concat(parts);
      } catch (cause) {
        if (codeOf(cause) === 'NoSuchKey') return undefined;
        throw failed('read', name, cause);
      }
    },
    stream: (name, range) => getObject({ bucket, key: at(name).Key }, range),
    async write(name, content) {
      await put(name, content, {});
    },
    create: (name, content) => put(name, content, { IfNoneMatch: '*' }),
    async *list(folder) {
      const { Key: start } = at(`${folder}/`);
      let next: string | undefined;
      do {
        const page = await client
          .send(
            new sdk.ListObjectsV2Command({ Bucket: bucket, Prefix: start, ...(next && { ContinuationToken: next }) }),
          )
          .catch((cause) => {
            throw failed('list', folder, cause);
          });
        for (const { Key } of page.Contents ?? []) if (Key) yield Key.slice(start.length);
        next = page.NextContinuationToken;
      } while (next);
    },
    async remove(name) {
      await client.send(new sdk.DeleteObjectCommand(at(name))).catch((cause) => {
        throw failed('remove', name, cause);
      });
    },
    async tidy() {}, // an object is there whole or not at all
  };
}
