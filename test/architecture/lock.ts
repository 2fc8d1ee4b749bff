/** What is read of package-lock.json, version 3. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  /** A hash of its archive. */
  readonly integrity?: string;
  /** Not needed where Synoptic runs. */
  readonly dev?: boolean;
  readonly resolved?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** What is read of package.json. */
export interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/**
 * Packages for other platforms that the lock file names and does not hold; `npm ci` refuses such a file as out of step. npm leaves them
 * out when the registry it asked did not have them at that moment.
 */
export function lockGaps({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([at, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies).filter(
      (name) => !(`node_modules/${name}` in packages) && !(`${at}/node_modules/${name}` in packages),
    ),
  );
}

/** Addresses that packages are tied to: the lock file names none, so that each machine's own registry serves. */
export function foreignAddresses({ packages }: Lock): string[] {
  return Object.values(packages).flatMap(({ resolved = '' }) => (resolved === '' ? [] : [resolved]));
}

/** Packages of the running service that anything could be delivered for: the lock file has no hash of them. */
export function unhashed({ packages }: Lock): string[] {
  return Object.entries(packages).flatMap(([at, { integrity = '', dev = false }]) => (at === '' || dev || integrity !== '' ? [] : [at]));
}

/** Dependencies whose version is a range. */
export function looseVersions({ dependencies, devDependencies, optionalDependencies }: Manifest): string[] {
  return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
    .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
    .map(([name, version]) => `${name}@${version}`);
}
