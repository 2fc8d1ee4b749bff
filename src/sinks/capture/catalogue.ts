import { constants, type FileHandle, open, readdir, stat, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { SynopticError } from '../../core/model/errors.ts';
import { CHUNK_FRAME, CHUNK_HEAD, type Chunk, ChunkReader, MAGIC, printJsonChunk } from '../../formats/capture/file/chunk.ts';
import { parseHeader, parseNote } from '../../formats/capture/file/parse.ts';
import { NOTES_MAX, type Note } from '../../formats/capture/header.ts';
import { CAPTURE_ID, type CaptureSummary } from '../../formats/capture/summary.ts';

const ENDING = '.capture';

/** The frozen captures of one folder. */
export class Catalogue {
  readonly #folder: string;
  /** By id, with the size and time of the file that was read. */
  readonly #known = new Map<string, { readonly mark: string; readonly summary: CaptureSummary }>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Where a capture of this id is kept. @throws SynopticError NOT_FOUND for what is no id, so that no name leads elsewhere. */
  pathOf(id: string): string {
    if (!CAPTURE_ID.test(id)) throw noSuch(id);
    return join(this.#folder, `${id}${ENDING}`);
  }

  /** The newest first. What cannot be read as a capture is not listed. */
  async list(): Promise<CaptureSummary[]> {
    const all = await readdir(this.#folder).catch((error: NodeJS.ErrnoException): string[] => {
      if (error.code === 'ENOENT') return []; // somebody has removed it; the recorder says what is wrong
      throw error;
    });
    const names = all.filter((name) => name.endsWith(ENDING)).map((name) => name.slice(0, -ENDING.length));
    const found = await Promise.all(names.filter((id) => CAPTURE_ID.test(id)).map((id) => this.get(id).catch(() => null)));
    return found.filter((summary) => summary !== null).sort((a, b) => (a.at < b.at ? 1 : -1));
  }

  /** @throws SynopticError NOT_FOUND, or CAPTURE_DAMAGED. */
  async get(id: string): Promise<CaptureSummary> {
    const path = this.pathOf(id);
    const { size, mtimeMs } = await stat(path).catch(() => {
      throw noSuch(id);
    });
    const mark = `${size} ${mtimeMs}`;
    const known = this.#known.get(id);
    if (known?.mark === mark) return known.summary;
    const summary = await summaryOf(path, size);
    this.#known.set(id, { mark, summary });
    return summary;
  }

  /** Adds a note at the file's end. @throws SynopticError NOT_FOUND, or CAPTURE_NOT_KEPT where there are too many. */
  async note(id: string, note: Note): Promise<CaptureSummary> {
    const { notes } = await this.get(id);
    if (notes.length >= NOTES_MAX) {
      throw new SynopticError('CAPTURE_NOT_KEPT', `The note is not kept: this capture has ${NOTES_MAX} already.`, { where: id });
    }
    const handle = await open(this.pathOf(id), constants.O_WRONLY | constants.O_APPEND | constants.O_NOFOLLOW);
    try {
      await handle.writeFile(printJsonChunk('N', note));
      await handle.sync();
    } finally {
      await handle.close();
    }
    return this.get(id);
  }

  /** @throws SynopticError NOT_FOUND */
  async remove(id: string): Promise<void> {
    this.#known.delete(id);
    await unlink(this.pathOf(id)).catch(() => {
      throw noSuch(id);
    });
  }
}

export function noSuch(id: string): SynopticError {
  return new SynopticError('NOT_FOUND', 'There is no capture of this id.', {
    where: id.slice(0, 100),
    expected: 'an id of GET /api/v1/captures',
  });
}

/** Reads the header and the notes, and skips what lies between. */
async function summaryOf(path: string, size: number): Promise<CaptureSummary> {
  const handle = await open(path, 'r');
  try {
    const head = await chunkAt(handle, MAGIC.length, path);
    if (head?.kind !== 'H') throw new SynopticError('CAPTURE_DAMAGED', 'The capture has no header', { where: path });
    const { frozen } = parseHeader(head.payload, path);
    if (frozen === null) throw new SynopticError('CAPTURE_DAMAGED', 'This is a segment, and no frozen capture', { where: path });
    const notes: Note[] = [];
    const first = Buffer.alloc(CHUNK_HEAD);
    for (let at = MAGIC.length + head.bytes; at < size && notes.length < NOTES_MAX; ) {
      const { bytesRead } = await handle.read(first, 0, CHUNK_HEAD, at);
      if (bytesRead < CHUNK_HEAD) break;
      if (first.toString('latin1', 0, 1) === 'N') {
        const chunk = await chunkAt(handle, at, path);
        if (chunk !== null) notes.push(parseNote(chunk.payload, path));
      }
      at += CHUNK_FRAME + first.readUInt32LE(5);
    }
    const { id, at, trigger, reason, from, to, missing = null } = frozen;
    return { id, state: 'ready', fault: null, at, trigger, reason, from, to, bytes: size, missing, notes };
  } finally {
    await handle.close();
  }
}

async function chunkAt(handle: FileHandle, at: number, path: string): Promise<Chunk | null> {
  const head = Buffer.alloc(CHUNK_HEAD);
  await handle.read(head, 0, CHUNK_HEAD, at);
  // A header or a note is never longer than this; what claims to be is cut off, and then not whole.
  const length = Math.min(head.readUInt32LE(5), MAX_SMALL);
  const whole = Buffer.alloc(CHUNK_FRAME + length);
  const { bytesRead } = await handle.read(whole, 0, whole.length, at);
  const [chunk] = new ChunkReader(path).push(Buffer.concat([MAGIC, whole.subarray(0, bytesRead)]));
  return chunk ?? null;
}

const MAX_SMALL = 1024 * 1024;
