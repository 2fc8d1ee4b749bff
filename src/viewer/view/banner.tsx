import { shortTime, wireTime } from '../words/moment.ts';
import type { Page } from './page.ts';

/** Above everything: that this is no live machine, or that nothing on the page is of now. */
export function Banner({ page }: { page: Page }) {
  const { phase } = page.health.value;
  const mode = page.store.status.value?.mode;
  return (
    <>
      {mode === 'replay' && (
        <p class="banner demo" data-testid="banner-replay" role="note">
          <b>REPLAY</b> — a capture, not this machine as it is now
        </p>
      )}
      {mode === 'demo' && (
        <p class="banner demo" data-testid="banner-demo" role="note">
          <b>DEMO</b> — a recorded incident, not this machine
        </p>
      )}
      {phase === 'disconnected' && (
        <p class="banner broken" role="alert" data-testid="banner-disconnected">
          <span>
            <b>Disconnected</b> — {since(page)} What happens meanwhile is missed by this page. Is <code>synoptic observe</code> still
            running?
          </span>
          <button type="button" onClick={() => page.reconnect()}>
            Try now
          </button>
        </p>
      )}
      {phase === 'refused' && (
        <p class="banner broken" role="alert">
          <span>
            <b>Refused</b> — the token is missing or wrong. Open the address that <code>synoptic observe</code> printed, with its{' '}
            <code>?token=…</code>.
          </span>
        </p>
      )}
      {phase === 'stale' && (
        <p class="banner broken" role="alert" data-testid="banner-stale">
          <span>
            <b>Stale</b> — connected, but Synoptic, which speaks each second, is silent. {since(page)} If this stays, look at the service’s
            log.
          </span>
          <button type="button" onClick={() => page.reconnect()}>
            Reconnect
          </button>
        </p>
      )}
    </>
  );
}

function since(page: Page): string {
  const heard = page.heard.value;
  return heard === null ? 'Nothing was heard yet.' : `All below is as it was at ${shortTime(wireTime(heard.wallMs), page.zone.value)}.`;
}
