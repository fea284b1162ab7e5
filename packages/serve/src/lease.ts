import type { FastifyReply } from 'fastify';
import { Refusal } from './failure.ts';

/** The life of a request: ends early if its time is over, its client leaves or the server stops. */
export type Lease = { readonly signal: AbortSignal; end(): void };

/** The leases of all requests that are being answered. */
export type Leases = {
  grant(reply: FastifyReply): Lease;
  /** Ends all of them: the server stops. */
  revoke(): void;
};

/** The client has left: nobody reads the answer. */
export class Gone extends Error {
  constructor() {
    super('The client closed the connection.');
    this.name = 'Gone';
  }
}

export function makeLeases(seconds: number): Leases {
  const open = new Set<AbortController>();
  return {
    grant(reply) {
      const controller = new AbortController();
      open.add(controller);
      const late = () =>
        controller.abort(new Refusal(504, 'timeout', `This took longer than ${seconds} s. Send less at a time.`));
      const timer = setTimeout(late, seconds * 1000);
      const onClose = () => {
        if (!reply.raw.writableFinished) controller.abort(new Gone());
      };
      reply.raw.on('close', onClose);
      return {
        signal: controller.signal,
        end() {
          clearTimeout(timer);
          reply.raw.off('close', onClose);
          open.delete(controller);
        },
      };
    },
    revoke() {
      for (const controller of open) controller.abort(new Refusal(503, 'stopping', 'The server is stopping.'));
    },
  };
}
