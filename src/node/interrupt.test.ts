import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { Interrupt } from './interrupt.ts';

function setUp() {
  const source = new EventEmitter();
  const log: string[] = [];
  const time = { now: 1000 };
  const interrupt = new Interrupt({
    source,
    clock: () => time.now,
    onRequest: () => log.push('request'),
    onAbort: (code) => log.push(`abort ${code}`),
  });
  return { source, log, time, interrupt };
}

describe('Interrupt', () => {
  it('asks at the first Ctrl-C and aborts at the second', () => {
    const { source, log, time, interrupt } = setUp();
    interrupt.install();
    expect(interrupt.requested).toBe(false);
    source.emit('SIGINT');
    expect(interrupt.requested).toBe(true);
    expect(log).toEqual(['request']);
    time.now += 1500;
    source.emit('SIGINT');
    expect(log).toEqual(['request', 'abort 130']);
    expect(interrupt.exitCode).toBe(130);
  });

  it('counts a signal that a launcher passes on once', () => {
    const { source, log, time, interrupt } = setUp();
    interrupt.install();
    source.emit('SIGINT');
    time.now += 20;
    source.emit('SIGINT');
    expect(log).toEqual(['request']);
  });

  it('treats SIGTERM alike, with its own exit code', () => {
    const { source, interrupt } = setUp();
    interrupt.install();
    source.emit('SIGTERM');
    expect(interrupt.requested).toBe(true);
    expect(interrupt.exitCode).toBe(143);
  });

  it('listens once however often it is installed, and no more when uninstalled', () => {
    const { source, interrupt } = setUp();
    interrupt.install();
    interrupt.install();
    expect(source.listenerCount('SIGINT')).toBe(1);
    interrupt.uninstall();
    expect(source.listenerCount('SIGINT')).toBe(0);
    expect(source.listenerCount('SIGTERM')).toBe(0);
  });
});
