import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { Fault } from './fault.ts';

const derive = promisify(pbkdf2);

/** A server may ask for any number of rounds; this many take about a second, off the event loop. */
const MAX_ROUNDS = 1_000_000;

/** The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel binding; PostgreSQL ignores the user name in it. */
export class Scram {
  readonly #password: string;
  readonly #nonce = randomBytes(18).toString('base64');
  #serverSignature: Buffer | null = null;

  constructor(password: string) {
    this.#password = password;
  }

  get first(): string {
    return `n,,${this.#firstBare}`;
  }

  get #firstBare(): string {
    return `n=,r=${this.#nonce}`;
  }

  /** The proof that answers the server's challenge. */
  async answer(challenge: string): Promise<string> {
    const [, nonce = '', salt = '', rounds = ''] = /^r=([^,]+),s=([^,]+),i=(\d{1,9})/.exec(challenge) ?? [];
    const count = Number(rounds);
    if (!nonce.startsWith(this.#nonce) || count < 1 || count > MAX_ROUNDS) throw bad('sent a challenge that is not SCRAM-SHA-256');
    const salted = await derive(this.#password.normalize('NFKC'), Buffer.from(salt, 'base64'), count, 32, 'sha256');
    const withoutProof = `c=${Buffer.from('n,,').toString('base64')},r=${nonce}`;
    const message = `${this.#firstBare},${challenge},${withoutProof}`;
    const clientKey = hmac(salted, 'Client Key');
    const signature = hmac(createHash('sha256').update(clientKey).digest(), message);
    const proof = clientKey.map((byte, at) => byte ^ (signature[at] ?? 0));
    this.#serverSignature = hmac(hmac(salted, 'Server Key'), message);
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`;
  }

  /** Whether the server knows the password, too: whoever does not is another one. */
  verify(final: string): void {
    const given = Buffer.from(/^v=([^,]+)/.exec(final)?.[1] ?? '', 'base64');
    const wanted = this.#serverSignature;
    if (wanted === null || given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw bad('did not prove that it knows the password');
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function bad(what: string): Fault {
  return new Fault('wrong-answer', 'answer', `the server ${what}`);
}
