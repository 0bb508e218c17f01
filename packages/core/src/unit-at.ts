const { charCodeAt } = String.prototype

/**
 * What `text.charCodeAt(index)` gives. Ids come to us flat, joined, cut out of others and internalized, in more kinds than
 * V8 looks at in line, and asks anew for each character whose method that is: 1,340 ns for a hash of 105 characters, and
 * 290 so (docs/decisions/0004).
 */
export function unitAt(text: string, index: number): number {
  return charCodeAt.call(text, index)
}
