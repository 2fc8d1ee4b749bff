import { Counter, type Registry } from 'prom-client';

/** A counter that somebody else counts: read when it is scraped. `name` is without `synoptic_`. */
export function readCounter(registers: Registry[], name: string, help: string, value: () => number): void {
  new Counter({
    name: `synoptic_${name}`,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}
