import fc from 'fast-check';
import protobuf from 'protobufjs';
import { expect, it } from 'vitest';
import { ProtoWriter } from '../../../src/export/perfetto/proto-writer.ts';

const { root } = protobuf.parse(`
  syntax = "proto2";
  message Any {
    optional uint64 number = 1;
    optional uint64 big = 2;
    optional bool yes = 3;
    optional double fraction = 4;
    optional fixed64 fixed = 5;
    optional string text = 1000;
    repeated Any within = 16;
  }
`);
const type = root.lookupType('Any');

interface Any {
  number?: number;
  big?: bigint;
  yes?: boolean;
  fraction?: number;
  fixed?: number;
  text?: string;
  within?: Any[];
}

function write(out: ProtoWriter, { number, big, yes, fraction, fixed, text, within = [] }: Any): void {
  if (number !== undefined) out.varint(1, number);
  if (big !== undefined) out.bigVarint(2, big);
  if (yes !== undefined) out.bool(3, yes);
  if (fraction !== undefined) out.double(4, fraction);
  if (fixed !== undefined) out.fixed64(5, fixed);
  if (text !== undefined) out.string(1000, text);
  for (const one of within) {
    const mark = out.open(16);
    write(out, one);
    out.close(mark);
  }
}

/** With 64-bit numbers in text, as the decoder gives them. */
const inText = ({ number, big, fixed, within, ...rest }: Any): unknown => ({
  ...rest,
  ...(number !== undefined && { number: String(number) }),
  ...(big !== undefined && { big: String(big) }),
  ...(fixed !== undefined && { fixed: String(fixed) }),
  ...(within !== undefined && within.length > 0 && { within: within.map(inText) }),
});

const { any } = fc.letrec<{ any: Any }>((tie) => ({
  any: fc.record(
    {
      number: fc.oneof(fc.maxSafeNat(), fc.nat(300)),
      big: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
      yes: fc.boolean(),
      fraction: fc.double({ noNaN: true }),
      fixed: fc.maxSafeNat(),
      // Lengths around those of 128 and 16,384 bytes, at which a message must make room.
      text: fc.oneof(
        fc.string({ unit: 'grapheme' }),
        fc.integer({ min: 110, max: 140 }).map((length) => 'é'.repeat(length)),
        fc.constant('x'.repeat(16_400)),
      ),
      within: fc.oneof({ depthSize: 'small' }, fc.constant([]), fc.array(tie('any'), { maxLength: 3 })),
    },
    { requiredKeys: [] },
  ) as fc.Arbitrary<Any>,
}));

it('whatever is written, an independent decoder reads, and so short that it would have written no less', () => {
  fc.assert(
    fc.property(any, (message) => {
      const out = new ProtoWriter();
      write(out, message);
      const bytes = out.take();
      const decoded = type.decode(bytes);
      expect(type.toObject(decoded, { longs: String })).toEqual(inText(message));
      expect(type.encode(decoded).finish()).toHaveLength(bytes.length);
    }),
  );
});

it('what was taken is not written over by what comes after', () => {
  const out = new ProtoWriter();
  out.string(1000, 'first');
  const first = out.take();
  out.string(1000, 'other');
  expect(type.decode(first)).toMatchObject({ text: 'first' });
  expect(out.length).toBe(out.take().length);
  expect(out.length).toBe(0);
});
