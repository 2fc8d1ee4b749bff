import type { Found } from './talk.ts';

/** A message of PostgreSQL's protocol 3: a letter, its length, its body. */
export interface Message {
  readonly type: string;
  readonly body: Buffer;
}

const HEADER = 5;
/** No message that a probe asks for is longer; a length beyond is not PostgreSQL. */
const MAX_LENGTH = 16 * 1024;

/** One message; type `?` where the bytes cannot be one. */
export function message(held: Buffer): Found<Message> | null {
  if (held.length < HEADER) return null;
  const length = held.readInt32BE(1);
  if (length < 4 || length > MAX_LENGTH) return { value: { type: '?', body: Buffer.from(held.subarray(0, 60)) }, used: held.length };
  if (held.length < 1 + length) return null;
  // A copy: the buffer that it is in is used again.
  return { value: { type: String.fromCharCode(held[0] ?? 0), body: Buffer.from(held.subarray(HEADER, 1 + length)) }, used: 1 + length };
}

/** A message to send; the startup message has no letter. */
export function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(type.length + 4, type, 'latin1');
  head.writeInt32BE(body.length + 4, type.length);
  return Buffer.concat([head, body]);
}

/** Protocol 3.0 and who asks for what. */
export function startup(parameters: Readonly<Record<string, string>>): Buffer {
  const version = Buffer.from([0, 3, 0, 0]);
  const pairs = Object.entries(parameters).map(([name, value]) => `${name}\0${value}\0`);
  return frame('', Buffer.concat([version, Buffer.from(`${pairs.join('')}\0`)]));
}

/** Asks for TLS; answered by one byte, `S` or `N`. */
export const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** What an ErrorResponse says: fields of a letter and text. */
export interface ServerError {
  /** SQLSTATE. */
  readonly code: string;
  readonly words: string;
}

export function errorOf({ body }: Message): ServerError {
  const fields = new Map(
    body
      .toString('utf8')
      .split('\0')
      .filter((field) => field !== '')
      .map((field) => [field.charAt(0), field.slice(1)]),
  );
  return { code: fields.get('C') ?? '', words: fields.get('M') ?? 'an error without words' };
}
