import { signal } from '@preact/signals';
import type { CaptureList, CaptureSummary, FreezeRequest } from '../../formats/capture/summary.ts';
import type { Answer } from './link.ts';

const PATH = '/api/v1/captures';

/** What went wrong, in words. */
export interface ShelfFault {
  /** HTTP's; 0 where nobody answered. */
  readonly status: number;
  readonly words: string;
}

/** The frozen captures that the service keeps, and what may be done with them. */
export class CaptureShelf {
  /** Null before the first answer. */
  readonly list = signal<CaptureList | null>(null);
  /** Why the list is not known. */
  readonly unknown = signal<ShelfFault | null>(null);
  /** Why the last wish came to nothing. */
  readonly fault = signal<ShelfFault | null>(null);
  readonly #ask: (method: string, path: string, body?: object) => Promise<Answer>;
  readonly #download: (path: string, name: string) => Promise<Answer>;

  constructor(
    ask: (method: string, path: string, body?: object) => Promise<Answer>,
    download: (path: string, name: string) => Promise<Answer>,
  ) {
    this.#ask = ask;
    this.#download = download;
  }

  get(id: string): CaptureSummary | null {
    return this.list.value?.captures.find((capture) => capture.id === id) ?? null;
  }

  async refresh(): Promise<void> {
    const answer = await this.#ask('GET', PATH);
    this.unknown.value = faultOf(answer);
    if (answer.ok) this.list.value = answer.value as CaptureList;
  }

  /** @returns the new one's id; null where nothing was frozen. */
  async freeze(wish: FreezeRequest): Promise<string | null> {
    const answer = await this.#do('POST', PATH, wish);
    return answer.ok ? (answer.value as CaptureSummary).id : null;
  }

  async note(id: string, text: string): Promise<boolean> {
    return (await this.#do('POST', `${PATH}/${id}/notes`, { text })).ok;
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#do('DELETE', `${PATH}/${id}`)).ok;
  }

  async download(id: string): Promise<void> {
    this.fault.value = faultOf(await this.#download(`${PATH}/${id}/file`, `${id}.capture`));
  }

  async #do(method: string, path: string, body?: object): Promise<Answer> {
    const answer = await this.#ask(method, path, body);
    this.fault.value = faultOf(answer);
    await this.refresh();
    return answer;
  }
}

function faultOf(answer: Answer): ShelfFault | null {
  if (answer.ok) return null;
  const { status, problem } = answer;
  return { status, words: problem?.message ?? (status === 0 ? 'Synoptic does not answer.' : `Synoptic answered with ${status}.`) };
}
