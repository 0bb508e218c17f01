/**
 * Calls `work` for every item, at most `limit` at once, and gives the results in the order of the items. After the first
 * failure no more are begun; it is thrown when those under way have ended, so that none is left working behind the caller's
 * back.
 */
export async function inParallel<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  if (items.length === 1) return [await work(items[0]!, 0)]
  const results: R[] = []
  const queue = items.entries()
  let failed = false
  const workers = Array.from({ length: Math.min(limit, items.length) }, async () => {
    for (const [index, item] of queue) {
      if (failed) return
      try {
        results[index] = await work(item, index)
      } catch (error) {
        failed = true
        throw error
      }
    }
  })
  const ended = await Promise.allSettled(workers)
  for (const worker of ended) if (worker.status === 'rejected') throw worker.reason
  return results
}
