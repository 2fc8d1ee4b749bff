import { z } from 'zod';
import { SEVERITIES } from '../core/model/finding.ts';
import { setting } from './setting.ts';

/** Where findings are posted to: `webhook: { url, secret, … }`. */
const Url = z.string().refine(isPostable, { message: 'is no http or https address.' });

const URL_FORM = 'an http or https address without user and password, for example https://pager.example.net/hooks/synoptic, or null';
const SECRET_FORM = 'at least 16 characters, for example from `openssl rand -hex 32`; needed where url is set';

export const WebhookSettings = z
  .strictObject({
    url: setting(Url.nullable().default(null), {
      secret: true,
      reason: 'Nobody is told without being asked to; a redirect is not followed, for it would take the finding elsewhere',
      expected: URL_FORM,
    }),
    secret: setting(z.string().min(16, { message: 'is too short.' }).nullable().default(null), {
      secret: true,
      reason: 'Signs each body (HMAC-SHA256), so that whoever is woken knows by whom',
      expected: SECRET_FORM,
    }),
    severity: setting(z.enum(SEVERITIES).default('warning'), {
      reason: 'What is only worth knowing wakes nobody',
      expected: `one of ${SEVERITIES.join(' ')}: the least that is posted`,
    }),
    timeoutMs: setting(z.int().min(100).max(60_000).default(5000), {
      unit: 'ms',
      reason: 'One that does not answer within seconds will be asked again anyway',
      expected: 'a whole number from 100 to 60000',
    }),
  })
  .refine(({ url, secret }) => url === null || secret !== null, { message: 'is missing: what is posted is signed.', path: ['secret'] });

function isPostable(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password } = new URL(text);
  return /^https?:$/.test(protocol) && username === '' && password === '';
}
