export { httpTransport } from './http-transport.ts'
export type { HttpDependencies } from './http-transport.ts'
export type { HttpOptions } from './options.ts'
