export { type Absence, type Addon, type Found, findNative, type Session, type Variant } from './find.ts';
export { type NativeEngine, openEngine, openKernels, type SessionOptions } from './session.ts';
