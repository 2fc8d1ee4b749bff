import { beforeEach, describe, expect, it } from 'vitest';
import { ConnectionTable } from '../../../src/viewer/model/connection-table.ts';
import { aConnection, anEvent, transition } from '../wire.ts';

describe('ConnectionTable', () => {
  let table: ConnectionTable;
  beforeEach(() => {
    table = new ConnectionTable(10);
    table.reset({ seq: 5, total: 1, connections: [aConnection({ sock: 1, sinceNs: '5' })] });
  });

  it('lists a connection from its first event, and moves it through its states', () => {
    table.accept(transition(6, 'CLOSE', 'SYN_SENT', { sock: 2, lport: 0 }));
    table.accept(transition(7, 'SYN_SENT', 'ESTABLISHED', { sock: 2, lport: 49150, pid: null, comm: null, origin: null }));
    expect([...table.values()][1]).toEqual(aConnection({ sock: 2, lport: 49150, state: 'ESTABLISHED', sinceNs: '7000000' }));
  });

  it('changes nothing for events that the snapshot holds already', () => {
    table.accept(transition(5, 'ESTABLISHED', 'CLOSE', { sock: 1 }));
    expect(table.size).toBe(1);
  });

  it('drops a connection that is closed', () => {
    table.accept(transition(6, 'LAST_ACK', 'CLOSE', { sock: 1 }));
    expect([...table.values()]).toEqual([]);
  });

  it('lets go of a connection that leaves the one state that is asked for, and takes one that comes into it', () => {
    table.reset({ seq: 5, total: 1, connections: [aConnection({ sock: 1 })] }, 'ESTABLISHED');
    table.accept(transition(6, 'ESTABLISHED', 'CLOSE_WAIT', { sock: 1 }));
    table.accept(transition(7, 'SYN_SENT', 'ESTABLISHED', { sock: 2 }));
    table.accept(transition(8, 'CLOSE', 'SYN_SENT', { sock: 3 }));
    expect([...table.values()].map(({ sock, state }) => [sock, state])).toEqual([[2, 'ESTABLISHED']]);
    expect(table.get(1)?.state).toBe('CLOSE_WAIT');
  });

  it('carries a closed connection on into TIME_WAIT with what was known of it', () => {
    table.accept(anEvent('retransmit', { seq: 6, sock: 1 }));
    table.accept(transition(7, 'FIN_WAIT2', 'CLOSE', { sock: 1 }));
    table.accept(anEvent('time-wait', { seq: 8, ns: '8', sock: 1, pid: null, comm: null }));
    expect([...table.values()]).toEqual([aConnection({ sock: 1, state: 'TIME_WAIT', sinceNs: '8', retransmits: 1 })]);
  });

  it('does so too when TIME_WAIT is told before the close', () => {
    table.accept(anEvent('time-wait', { seq: 6, sock: 1 }));
    expect([...table.values()].map(({ state }) => state)).toEqual(['TIME_WAIT']);
  });

  it('ends TIME_WAIT by four-tuple where the event names no socket, and only in its own namespace', () => {
    table.accept(anEvent('time-wait', { seq: 6, sock: 1 }));
    table.accept(anEvent('time-wait', { seq: 7, sock: null, phase: 'leave', netns: 99 }));
    expect(table.size).toBe(1);
    table.accept(anEvent('time-wait', { seq: 8, sock: null, phase: 'leave' }));
    expect(table.size).toBe(0);
  });

  it('counts retransmissions of connections it knows', () => {
    table.accept(anEvent('retransmit', { seq: 6, sock: 1 }));
    table.accept(anEvent('retransmit', { seq: 7, sock: 99 }));
    table.accept(anEvent('retransmit', { seq: 8, sock: null }));
    expect([...table.values()].map(({ retransmits }) => retransmits)).toEqual([1]);
  });

  it('keeps to its cap and says how many it does not list', () => {
    for (let sock = 2; sock < 20; sock++) table.accept(transition(sock + 10, 'CLOSE', 'SYN_SENT', { sock }));
    expect([table.size, table.unlisted]).toEqual([10, 9]);
  });

  it('takes further pages of the list in without losing what events told meanwhile', () => {
    table.reset({ seq: 5, total: 5, connections: [aConnection({ sock: 1 })] });
    table.accept(transition(6, 'ESTABLISHED', 'CLOSE_WAIT', { sock: 2 }));
    table.accept(transition(7, 'LAST_ACK', 'CLOSE', { sock: 1 }));
    table.more([1, 2, 3].map((sock) => aConnection({ sock })));
    expect([...table.values()].map(({ sock, state }) => [sock, state])).toEqual([
      [2, 'CLOSE_WAIT'],
      [3, 'ESTABLISHED'],
    ]);
    expect(table.unlisted).toBe(1);
    table.whole(0);
    expect(table.unlisted).toBe(0);
  });

  it('still knows of a socket what it knew when that ended', () => {
    table.accept(transition(6, 'LAST_ACK', 'CLOSE', { sock: 1 }));
    expect([table.get(1)?.sock, table.living(1), table.get(99)]).toEqual([1, undefined, null]);
  });

  it('says how many the snapshot left out', () => {
    table.reset({ seq: 9, total: 4000, connections: [aConnection()] });
    expect([table.size, table.unlisted]).toEqual([1, 3999]);
  });
});
