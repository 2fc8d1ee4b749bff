/**
 * The same items, the next of which is already under way while one is worked on: unpacking happens in another thread. Ends its source when it is
 * ended itself; a fault is told in its turn.
 */
export async function* ahead<T>(items: AsyncGenerator<T>): AsyncGenerator<T> {
  let next = items.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done === true) return;
      next = items.next();
      // Whoever comes for it is told.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await next.catch(() => undefined);
    await items.return(undefined);
  }
}
