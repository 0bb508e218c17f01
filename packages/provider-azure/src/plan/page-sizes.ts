/** How many rows a query is made for. */
export interface PageSizes {
  /** The most that a page holds. */
  readonly page: number
  /** Where rows are counted exactly; what is left is for what comes into being before the page is read. */
  readonly exact: number
}

export function pageSizes(page = 1000): PageSizes {
  return { page, exact: Math.max(1, Math.floor(page * 0.96)) }
}

/** Rows that fit into a page on average, at the least and at the most, where it makes sense to try. */
const EMPTIEST = 0.85
const FULLEST = 0.985

/**
 * Over how many pages to spread rows by their hash, so that reading them takes the fewest queries. Hashing scatters: the
 * fuller the pages are on average, the fewer there are, and the more of them overflow and are asked again as two halves.
 */
export function pagesFor(rows: number, { page, exact }: PageSizes): number {
  if (rows <= exact) return 1
  const most = Math.ceil(rows / (page * EMPTIEST))
  let best = most
  for (let pages = most; pages >= Math.max(2, rows / (page * FULLEST)); pages--) {
    if (queries(rows, pages, page) < queries(rows, best, page)) best = pages
  }
  return best
}

function queries(rows: number, pages: number, page: number): number {
  const mean = rows / pages
  const deviation = Math.sqrt(mean * (1 - 1 / pages))
  return pages * (1 + 2 * upperTail((page - mean) / deviation))
}

// The normal distribution's share beyond z ≥ 0, within a few thousandths.
function upperTail(z: number): number {
  return 0.5 * Math.exp(-0.717 * z - 0.416 * z * z)
}
