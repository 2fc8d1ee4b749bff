import { describe, expect, it } from 'vitest';
import { SynopticError } from '../../src/core/model/errors.ts';
import { parseFilter } from '../../src/formats/filter.ts';

function faultOf(text: string | string[]): SynopticError {
  try {
    parseFilter(text);
  } catch (error) {
    if (error instanceof SynopticError) return error;
  }
  throw new Error(`accepted: ${text}`);
}

describe('a filter that is not understood', () => {
  it.each([
    ['prot=443', 'FILTER term 1, column 1', 'There is no term “prot”. Did you mean port?'],
    ['pid=1  stat=LISTEN', 'FILTER term 2, column 8', 'There is no term “stat”. Did you mean state?'],
    ['443', 'FILTER term 1, column 1', 'There is no term “443”.'],
    ['port', 'FILTER term 1, column 1', 'The term port has no value.'],
    ['port= pid=1', 'FILTER term 1, column 6', 'port= has no value.'],
    ['port=443,x', 'FILTER term 1, column 10', 'port= cannot be “x”.'],
    ['port=65536', 'FILTER term 1, column 6', 'port= cannot be “65536”.'],
    ['port=443,', 'FILTER term 1, column 10', 'port= cannot be “”.'],
    ['port=-1', 'FILTER term 1, column 6', 'port= cannot be “-1”.'],
    ['port=8100-8000', 'FILTER term 1, column 6', 'The range 8100-8000 runs backwards.'],
    ['addr=10.0.0.0/8,10.0.0', 'FILTER term 1, column 17', '“10.0.0” is neither an address nor a CIDR block.'],
    ['state=LISTEN,ESTABLISHD', 'FILTER term 1, column 14', 'There is no state “ESTABLISHD”. Did you mean ESTABLISHED?'],
    ['kind=rest', 'FILTER term 1, column 6', 'There is no kind “rest”. Did you mean reset?'],
    ['comm="my app', 'FILTER term 1, column 6', 'The quote is not closed.'],
    ['comm="my"app', 'FILTER term 1, column 10', 'Something follows the closing quote.'],
    ['host="a b"', 'FILTER term 1, column 7', '“a b” is no host name.'],
  ])('%s: says where and why', (text, where, message) => {
    expect(faultOf(text)).toMatchObject({ code: 'FILTER_SYNTAX', exit: 2, where, message });
    expect(faultOf(text).expected).not.toBe('');
  });

  it('lists the terms there are', () => {
    expect(faultOf('x=1').expected).toContain('port lport rport addr laddr raddr state pid comm pod container unit netns kind host');
  });

  it('counts terms over all arguments, columns within one', () => {
    expect(faultOf(['port=443', 'state=X']).where).toBe('FILTER term 2, column 7');
  });
});
