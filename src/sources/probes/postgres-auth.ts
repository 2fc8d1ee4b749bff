import { createHash } from 'node:crypto';
import type { TargetFor } from '../../core/model/target.ts';
import { Fault } from './fault.ts';
import { frame, type Message } from './postgres-message.ts';
import { Scram } from './scram.ts';

/** AuthenticationXXX codes (PostgreSQL manual, Message Formats). */
const OK = 0;
const CLEARTEXT = 3;
const MD5 = 5;
const SASL = 10;
const SASL_CONTINUE = 11;
const SASL_FINAL = 12;

/** Logs in: one answer for each authentication request, null once nothing more is wanted. */
export class PostgresAuth {
  readonly #target: TargetFor<'postgres'>;
  readonly #password: string;
  readonly #scram: Scram;

  constructor(target: TargetFor<'postgres'>, password: string) {
    this.#target = target;
    this.#password = password;
    this.#scram = new Scram(password);
  }

  /** What to send for an `R` message; null for nothing. */
  async answer({ body }: Message): Promise<Buffer | null> {
    const rest = body.subarray(4);
    switch (body.readInt32BE(0)) {
      case OK:
        return null;
      case CLEARTEXT:
        return frame('p', Buffer.from(`${this.#password}\0`));
      case MD5:
        return frame('p', Buffer.from(`md5${md5(md5(this.#password + this.#target.user), rest.subarray(0, 4))}\0`));
      case SASL: {
        if (!rest.toString('latin1').split('\0').includes('SCRAM-SHA-256')) throw unknown('SASL');
        const first = Buffer.from(this.#scram.first);
        const length = Buffer.alloc(4);
        length.writeInt32BE(first.length);
        return frame('p', Buffer.concat([Buffer.from('SCRAM-SHA-256\0'), length, first]));
      }
      case SASL_CONTINUE:
        return frame('p', Buffer.from(await this.#scram.answer(rest.toString('latin1'))));
      case SASL_FINAL:
        this.#scram.verify(rest.toString('latin1'));
        return null;
      default:
        throw unknown(`method ${body.readInt32BE(0)}`);
    }
  }
}

/** Part of the protocol since 7.2 and long deprecated; servers that still ask for it get it. */
function md5(text: string, salt: Buffer = Buffer.alloc(0)): string {
  return createHash('md5').update(text).update(salt).digest('hex');
}

function unknown(method: string): Fault {
  return new Fault('wrong-answer', 'answer', `the server asks for a kind of authentication that is not supported here: ${method}`);
}
