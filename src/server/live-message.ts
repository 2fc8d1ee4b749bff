import { SynopticError } from '../core/model/errors.ts';
import { EVENT_KINDS } from '../core/model/event.ts';
import { suggestion } from '../core/model/nearest.ts';
import { parseFilter } from '../formats/filter.ts';
import { ClientMessage } from '../formats/live.ts';
import type { Subscription } from '../sinks/live-channel.ts';

const EXPECTED = '{"type":"subscribe","kinds":["state"],"filter":"port=443"}; kinds and filter may be left out';

/**
 * Reads what a client of `/live` sent.
 *
 * @throws SynopticError MESSAGE_INVALID (`where` names the field) or FILTER_SYNTAX.
 */
export function parseClientMessage(text: string): Subscription {
  const parsed = ClientMessage.safeParse(parseJson(text));
  if (parsed.success) return { kinds: parsed.data.kinds ?? EVENT_KINDS, filter: parseFilter(parsed.data.filter ?? '') };
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const message = `A message has no field “${key}”.${suggestion(key, ['type', 'kinds', 'filter'])}`;
    throw new SynopticError('MESSAGE_INVALID', message, { where: key, expected: EXPECTED });
  }
  const where = issue?.path.join('.') ?? '';
  const expected = where.startsWith('kinds') ? `a list of event kinds: ${EVENT_KINDS.join(' ')}` : EXPECTED;
  const message = where === '' ? 'This is no message that is understood.' : `The field ${where} has a wrong value.`;
  throw new SynopticError('MESSAGE_INVALID', message, { where: where === '' ? 'message' : where, expected });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SynopticError('MESSAGE_INVALID', 'The message is not JSON.', { where: 'message', expected: EXPECTED, cause });
  }
}
