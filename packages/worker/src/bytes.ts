/**
 * Bytes in memory of their own, never shared, as `new Blob([bytes])` takes them: `Uint8Array<ArrayBuffer>`. Before TypeScript 5.7
 * `Uint8Array` has no type parameter, and that would be `any`.
 */
export type OwnBytes = ReturnType<Uint8ArrayConstructor['of']>;
