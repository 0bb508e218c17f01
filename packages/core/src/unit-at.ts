/**
 * What `text.charCodeAt(index)` gives. Ids come to us flat, joined, cut out of others and internalized: more kinds than V8
 * looks at in line. Asked for its own method, each of them makes it look that up at every character: 1,340 ns for a hash of
 * 105 characters, and 420 so (docs/decisions/0004).
 */
export function unitAt(text: string, index: number): number {
  return String.prototype.charCodeAt.call(text, index)
}
