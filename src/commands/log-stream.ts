import { pino } from 'pino';
import { inertJson } from '../formats/words/visible-text.ts';

/** Standard error for a log's lines of JSON. They hold text that others have chosen, and somebody may watch them in a terminal. */
export function logStream(): { write(line: string): void } {
  const stderr = pino.destination(2);
  return { write: (line) => void stderr.write(inertJson(line)) };
}
