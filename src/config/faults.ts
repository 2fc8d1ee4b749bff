import { SynopticError } from '../core/model/errors.ts';

/** Several faults of one file at once, so that nobody has to mend them one run at a time. The first gives code and place. */
export class ConfigFaults extends SynopticError {
  readonly faults: readonly SynopticError[];

  constructor(first: SynopticError, others: readonly SynopticError[]) {
    super(first.code, first.message, {
      ...(first.where !== undefined && { where: first.where }),
      ...(first.expected !== undefined && { expected: first.expected }),
    });
    this.faults = [first, ...others];
  }

  override get text(): string {
    return this.faults.map((fault) => fault.text).join('\n');
  }
}

/** Throws what was found: nothing, the one fault, or all of them. */
export function throwFaults(faults: readonly SynopticError[]): void {
  const [first, ...others] = faults;
  if (first === undefined) return;
  throw others.length === 0 ? first : new ConfigFaults(first, others);
}
