import type { Input } from '../core/model/input.ts';
import { DataFolder } from '../sinks/capture/data-folder.ts';
import { becomeUser, type User } from './become-user.ts';
import { dataPlace } from './data-place.ts';
import { FlightRecorder } from './flight-recorder.ts';
import { type LiveOptions, LiveSession } from './live-session.ts';

export interface RecordedOptions extends Omit<LiveOptions, 'onInput'> {
  /** Whom this process becomes once the hooks are attached, before anything is written. */
  readonly user: User | null;
  /** What was done. */
  say(message: string): void;
}

/** An observation of this machine whose Inputs are kept by the flight recorder, from the first to the last. */
export class RecordedSession implements AsyncDisposable {
  readonly live: LiveSession;
  /** Null where nothing is recorded: not wanted, or the data folder cannot be written. */
  readonly flight: FlightRecorder | null;

  private constructor(live: LiveSession, flight: FlightRecorder | null) {
    this.live = live;
    this.flight = flight;
  }

  /** @throws SynopticError what {@link LiveSession.open} and {@link becomeUser} throw. */
  static async open(options: RecordedOptions): Promise<RecordedSession> {
    const { config, user, warn, say } = options;
    const early = new EarlyInputs();
    const live = await LiveSession.open({ ...options, onInput: early.accept });
    if (options.stopping?.() === true) return new RecordedSession(live, null);
    try {
      const place = dataPlace({ data: config.data, uid: process.getuid?.() ?? 0, env: process.env });
      if (user !== null) {
        if (config.captures.record) await DataFolder.giveTo(place, user);
        becomeUser(user);
      }
      const flight = await FlightRecorder.open({ config, session: live, early: early.inputs, place, warn, say });
      early.goTo(flight);
      return new RecordedSession(live, flight);
    } catch (error) {
      await live[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The recorder ends last: it keeps the session's end, too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.live[Symbol.asyncDispose]();
    await this.flight?.[Symbol.asyncDispose]();
  }
}

/** Inputs of the session that is being opened: they come before there can be a recorder, and every attempt begins with a `start`. */
class EarlyInputs {
  inputs: Input[] = [];
  #to: Pick<FlightRecorder, 'record'> | null = null;
  #over = false;

  readonly accept = (input: Input): void => {
    if (this.#over) {
      this.#to?.record(input);
      return;
    }
    if (input.type === 'start') this.inputs = [];
    this.inputs.push(input);
  };

  goTo(recorder: Pick<FlightRecorder, 'record'> | null): void {
    this.#over = true;
    this.#to = recorder;
    for (const input of this.inputs) recorder?.record(input);
    this.inputs = [];
  }
}
