import { SynopticError } from '../core/model/errors.ts';
import type { Core, CoreCall } from './core.ts';
import { errorOf, type FromWorker, type ToWorker } from './messages.ts';

interface Call {
  readonly timer: NodeJS.Timeout;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

/** Questions that wait at most: the observing thread is there for the kernel first. */
const ASKED = 256;

/** The observing thread as the serving one sees it: each question is a message, and so is its answer. */
export class CoreLink implements Core {
  readonly #post: (message: FromWorker) => void;
  readonly #withinMs: number;
  readonly #calls = new Map<number, Call>();
  #next = 1;

  constructor(post: (message: FromWorker) => void, withinMs: number) {
    this.#post = post;
    this.#withinMs = withinMs;
  }

  readonly alive: Core['alive'] = () => this.#ask('alive');
  readonly status: Core['status'] = () => this.#ask('status');
  readonly connections: Core['connections'] = (...args) => this.#ask('connections', ...args);
  readonly findings: Core['findings'] = (...args) => this.#ask('findings', ...args);
  readonly verdict: Core['verdict'] = (...args) => this.#ask('verdict', ...args);
  readonly life: Core['life'] = (sock) => this.#ask('life', sock);
  readonly timeWait: Core['timeWait'] = () => this.#ask('timeWait');
  readonly netstack: Core['netstack'] = () => this.#ask('netstack');
  readonly probes: Core['probes'] = (...args) => this.#ask('probes', ...args);
  readonly probe: Core['probe'] = (...args) => this.#ask('probe', ...args);
  readonly replay: Core['replay'] = () => this.#ask('replay');
  readonly steer: Core['steer'] = (wish) => this.#ask('steer', wish);
  readonly metrics: Core['metrics'] = () => this.#ask('metrics');
  readonly captures: Core['captures'] = () => this.#ask('captures');
  readonly capture: Core['capture'] = (id) => this.#ask('capture', id);
  readonly captureFile: Core['captureFile'] = (id) => this.#ask('captureFile', id);
  readonly freeze: Core['freeze'] = (request) => this.#ask('freeze', request);
  readonly removeCapture: Core['removeCapture'] = (id) => this.#ask('removeCapture', id);
  readonly noteCapture: Core['noteCapture'] = (id, text) => this.#ask('noteCapture', id, text);

  /** Takes an answer; one that comes too late is for nobody. */
  take(message: Extract<ToWorker, { type: 'answer' | 'fault' }>): void {
    const call = this.#calls.get(message.id);
    if (call === undefined) return;
    this.#forget(message.id, call);
    if (message.type === 'answer') call.resolve(message.value);
    else call.reject(errorOf(message.fault));
  }

  /** @throws SynopticError CORE_SILENT, and whatever the observing thread threw. */
  #ask<N extends CoreCall>(name: N, ...args: Parameters<Core[N]>): ReturnType<Core[N]> {
    // Whoever asks whether we live must not be told otherwise because others ask much.
    if (this.#calls.size >= ASKED && name !== 'alive') return Promise.reject(tooMany()) as ReturnType<Core[N]>;
    const id = this.#next++;
    const answer = new Promise<unknown>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#calls.delete(id);
        reject(silent(this.#withinMs));
      }, this.#withinMs);
      this.#calls.set(id, { timer, resolve, reject });
    });
    this.#post({ type: 'call', id, name, args });
    // The other end answers a call of this name with what its Core answers.
    return answer as ReturnType<Core[N]>;
  }

  #forget(id: number, call: Call): void {
    clearTimeout(call.timer);
    this.#calls.delete(id);
  }
}

function tooMany(): SynopticError {
  return new SynopticError('CORE_SILENT', `${ASKED} questions wait for the observing part already.`, { mend: 'ask again in a second' });
}

function silent(withinMs: number): SynopticError {
  return new SynopticError('CORE_SILENT', `The observing part has not answered within ${withinMs / 1000} s.`, {
    expected: 'an answer at once: it may be busy with a storm of connections, or a long list',
    mend: 'ask again; if it stays so, see the log and the load of this machine',
  });
}
