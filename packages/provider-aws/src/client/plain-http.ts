/**
 * Whether an endpoint is spoken to over plain http. Such an endpoint is a simulator, on whatever host: it is never sent
 * credentials of ours.
 */
export function isPlainHttp(endpoint: string): boolean {
  return new URL(endpoint).protocol === 'http:'
}
