/** Puts an entry behind all others, however old its key is; beyond `cap` entries the oldest goes. A Map keeps the order of insertion. */
export function keepNewest<K, V>(map: Map<K, V>, key: K, value: V, cap: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= cap) return;
  const oldest = map.keys().next();
  if (oldest.done !== true) map.delete(oldest.value);
}
