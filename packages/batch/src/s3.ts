import type { S3Client } from '@aws-sdk/client-s3';
import { RingformerError } from '@ringformer/core/base';

/** An object of a bucket, or what the names of several begin with. */
export type Place = { readonly bucket: string; readonly key: string };

/** What 's3://bucket/key' names; undefined for any other text. */
export function parseS3(uri: string): Place | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]+)(?:\/(.*))?$/i.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key: key.replace(/\/+$/, '') };
}

/** How long a store may say nothing in the middle of an answer; RINGFORMER_S3_SILENCE says otherwise, in seconds. */
const SILENCE_MS = 1000 * (Number(process.env.RINGFORMER_S3_SILENCE) || 60);

type Sdk = typeof import('@aws-sdk/client-s3');
let opened: Promise<{ readonly sdk: Sdk; readonly client: S3Client }> | undefined;

/**
 * The client of the store that the environment names: AWS_REGION, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, or whatever else the
 * AWS SDK reads. @throws RingformerError 'bad-argument' if the SDK is not installed
 */
export function openS3(): Promise<{ readonly sdk: Sdk; readonly client: S3Client }> {
  opened ??= start().catch((error) => {
    opened = undefined;
    throw error;
  });
  return opened;
}

async function start() {
  const sdk = await import('@aws-sdk/client-s3').catch((cause) => {
    if (!/'@aws-sdk\/client-s3'/.test(cause.message)) throw cause; // it is there, but broken
    throw new RingformerError(
      'bad-argument',
      '[ringformer/batch] s3:// needs the AWS SDK. Install it: npm install @aws-sdk/client-s3',
      { cause },
    );
  });
  const client = new sdk.S3Client({
    region: process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION ?? 'us-east-1',
    // Other stores than Amazon's know neither buckets as host names nor its newer checksums.
    forcePathStyle: Boolean(process.env.AWS_ENDPOINT_URL ?? process.env.AWS_ENDPOINT_URL_S3),
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    maxAttempts: 5,
    // A store that falls silent would keep a shard for ever.
    requestHandler: {
      connectionTimeout: 10_000,
      socketTimeout: SILENCE_MS,
      requestTimeout: 5 * SILENCE_MS,
      throwOnRequestTimeout: true,
    },
  });
  return { sdk, client };
}

/** The bytes of an object. @throws the service's error */
export async function getObject(
  { bucket, key }: Place,
  { start = 0, end = Number.POSITIVE_INFINITY }: { readonly start?: number; readonly end?: number } = {},
): Promise<AsyncIterable<Uint8Array>> {
  const { sdk, client } = await openS3();
  const range = `bytes=${start}-${Number.isFinite(end) ? end - 1 : ''}`;
  const whole = start === 0 && !Number.isFinite(end);
  const { Body } = await client.send(
    new sdk.GetObjectCommand({ Bucket: bucket, Key: key, ...(!whole && { Range: range }) }),
  );
  return Body as unknown as AsyncIterable<Uint8Array>;
}
