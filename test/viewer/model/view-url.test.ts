import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVENT_KINDS } from '../../../src/core/model/event.ts';
import { splitToken, viewOf, withView } from '../../../src/viewer/model/view-url.ts';

const PAGE = 'http://127.0.0.1:7373/';

describe('the view in the address', () => {
  it('comes back from a link as it was, whatever the filter holds', () => {
    const view = fc.record({
      filter: fc.string({ unit: 'grapheme' }).map((text) => text.trim()),
      kinds: fc.subarray([...EVENT_KINDS]),
      tab: fc.constantFrom('', 'events', 'connections', 'time-wait'),
      params: fc.constantFrom({}, { open: 'sock:7' }, { sort: '-since', open: 'event:12', by: 'owner' }),
    });
    fc.assert(
      fc.property(view, (one) => {
        expect(viewOf(withView(PAGE, one))).toEqual(one);
      }),
    );
  });

  it('leaves the address bare for the usual view, and other parameters alone', () => {
    const busy = `${PAGE}?filter=port%3D443&kinds=reset&tab=connections&open=sock%3A7&theme=x`;
    expect(withView(busy, { filter: '', kinds: EVENT_KINDS, tab: '', params: { open: '' } })).toBe(`${PAGE}?theme=x`);
  });

  it('reads a filter that was typed into the address by hand', () => {
    expect(viewOf(`${PAGE}?filter=port=443+state=SYN_SENT`).filter).toBe('port=443 state=SYN_SENT');
  });

  it('ignores kinds that do not exist', () => {
    expect(viewOf(`${PAGE}?kinds=reset,nonsense`)).toEqual({ filter: '', kinds: ['reset'], tab: '', params: {} });
  });

  it('never writes over what the page itself means by a name', () => {
    const view = { filter: 'port=1', kinds: EVENT_KINDS, tab: '', params: { filter: 'port=2', token: 'x' } };
    expect(withView(PAGE, view)).toBe(`${PAGE}?filter=port%3D1`);
  });
});

describe('splitToken', () => {
  it.each([
    ['?token=s3cret&filter=port%3D443', '?filter=port%3D443'],
    ['?filter=port%3D443#token=s3cret', '?filter=port%3D443'],
  ])('takes the token out of %s', (before, after) => {
    expect(splitToken(PAGE + before)).toEqual({ token: 's3cret', href: PAGE + after });
  });

  it('leaves an address without one exactly as it is', () => {
    expect(splitToken(`${PAGE}?filter=a=b#top`)).toEqual({ token: null, href: `${PAGE}?filter=a=b#top` });
  });

  it('takes an empty token for none', () => {
    expect(splitToken(`${PAGE}?token=`)).toEqual({ token: null, href: PAGE });
  });
});
