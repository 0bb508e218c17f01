export { httpTransport } from './http-transport.ts'
export type { HttpDependencies, HttpOptions } from './http-transport.ts'
