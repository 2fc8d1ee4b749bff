import { SynopticError } from '../../core/model/errors.ts';
import type { Input } from '../../core/model/input.ts';
import { type Chunk, damaged, type Torn } from '../../formats/capture/file/chunk.ts';
import { parseEnd, parseHeader, parseNote, parseSegmentHead, parseTrim } from '../../formats/capture/file/parse.ts';
import { NOTES_MAX, type Note } from '../../formats/capture/header.ts';
import { SegmentReader, type Tally, tornInput } from './segment.ts';

/** Puts the chunks of one capture, in one file or several, together to Inputs, and refuses an order in which none is written. */
export class Assembler implements Disposable {
  readonly notes: Note[] = [];
  #file = '';
  #frozen = false;
  #headed = false;
  #complete = false;
  #segment: SegmentReader | null = null;
  #lastIndex: number | null = null;
  #lastNs = 0;
  readonly #tally: Tally = { packed: 0, raw: 0 };

  /** The next file begins. */
  begin(file: string): void {
    this.#file = file;
    this.#headed = false;
    this.#complete = false;
  }

  /** @throws SynopticError CAPTURE_DAMAGED, CAPTURE_NEWER, CAPTURE_REFUSED */
  async take(chunk: Chunk): Promise<readonly Input[]> {
    if (this.#headed === (chunk.kind === 'H')) throw this.#fault(chunk, 'The header is not at the beginning');
    if (this.#complete && chunk.kind !== 'N') throw this.#fault(chunk, 'Something follows the end');
    switch (chunk.kind) {
      case 'H':
        this.#headed = true;
        this.#frozen = parseHeader(chunk.payload, this.#file).frozen !== null;
        return [];
      case 'N':
        if (this.notes.length >= NOTES_MAX) {
          throw new SynopticError('CAPTURE_REFUSED', `The capture holds more than ${NOTES_MAX} notes`, {
            where: this.#file,
            expected: 'as many as Synoptic takes',
          });
        }
        this.notes.push(parseNote(chunk.payload, this.#file));
        return [];
      case 'S':
        return this.#begun(chunk);
      case 'D':
        return this.#open(chunk).data(chunk);
      case 'E':
        this.#open(chunk).seal(chunk);
        return this.#closed([]);
      case 'T':
        return this.#closed([tornInput(parseTrim(chunk.payload, this.#file).bytes, this.#open(chunk).lastNs)]);
      case 'Z':
        if (this.#segment !== null) throw this.#fault(chunk, 'The end stands within a segment');
        parseEnd(chunk.payload, this.#file);
        this.#complete = true;
        return [];
    }
  }

  /** The file ends. Gives what must be told where that is not its written end. */
  end(torn: Torn | null): readonly Input[] {
    const unsealed = this.#segment !== null;
    this.#closed([]);
    const whole = torn === null && !unsealed && (this.#complete || !this.#frozen);
    return whole ? [] : [tornInput(torn?.bytes ?? 0, this.#lastNs)];
  }

  [Symbol.dispose](): void {
    this.#close();
  }

  #begun(chunk: Chunk): readonly Input[] {
    if (this.#segment !== null) throw this.#fault(chunk, 'A segment stands within another');
    const head = parseSegmentHead(chunk.payload, this.#file);
    const before = this.#lastIndex;
    this.#segment = new SegmentReader(head, { file: this.#file, first: before === null, tally: this.#tally });
    this.#lastIndex = head.index;
    if (before === null) return this.#segment.opening();
    if (head.index === before + 1) return [];
    if (head.index <= before) throw this.#fault(chunk, 'The segments are out of order');
    const why = `segments ${before + 1} to ${head.index - 1} of the recording are missing`;
    return [{ type: 'unsampled', atNs: head.fromNs, why }];
  }

  #closed(told: readonly Input[]): readonly Input[] {
    this.#lastNs = this.#segment?.lastNs ?? this.#lastNs;
    this.#close();
    return told;
  }

  #open(chunk: Chunk): SegmentReader {
    if (this.#segment === null) throw this.#fault(chunk, 'A piece of a segment stands outside of one');
    return this.#segment;
  }

  #close(): void {
    this.#segment?.[Symbol.dispose]();
    this.#segment = null;
  }

  #fault({ at }: Chunk, message: string): Error {
    return damaged(this.#file, at, message);
  }
}
