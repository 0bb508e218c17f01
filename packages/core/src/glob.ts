/**
 * Whether a text fits a pattern, where `*` is any text and `?` any one character, in any case. Not a regular
 * expression: a client's `*a*a*a*…` would keep one busy for years, while this takes text × pattern steps at most.
 */
export function glob(pattern: string): (text: string) => boolean {
  const wanted = pattern.toLowerCase()
  return (text) => fits(text.toLowerCase(), wanted)
}

function fits(text: string, pattern: string): boolean {
  let at = 0
  let next = 0
  // The last star and how far it reaches: where the rest does not fit, it reaches one further.
  let star = -1
  let reach = 0
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++
      reach = at
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++
      at++
    } else if (star >= 0) {
      next = star + 1
      at = ++reach
    } else {
      return false
    }
  }
  while (pattern[next] === '*') next++
  return next === pattern.length
}
