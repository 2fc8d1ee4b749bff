/** Debian's releases, by the kernel and by the bpftrace that they bring: the machines of the matrix are all pairs. */
export const KERNELS = { '5.10': 'bullseye', '6.1': 'bookworm', '6.12': 'trixie', '7': 'sid' } as const;
export const BPFTRACES = { '0.17': 'bookworm', '0.23': 'trixie', '0.27': 'sid' } as const;
export type KernelName = keyof typeof KERNELS;
export type BpftraceName = keyof typeof BPFTRACES;

export const isKernel = (text: string | undefined): text is KernelName => text !== undefined && text in KERNELS;
export const isBpftrace = (text: string | undefined): text is BpftraceName => text !== undefined && text in BPFTRACES;

/** Every machine, as [kernel, bpftrace]. */
export const MACHINES: readonly (readonly [KernelName, BpftraceName])[] = Object.keys(KERNELS)
  .filter(isKernel)
  .flatMap((kernel) =>
    Object.keys(BPFTRACES)
      .filter(isBpftrace)
      .map((bpftrace): [KernelName, BpftraceName] => [kernel, bpftrace]),
  );
