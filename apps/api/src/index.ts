export { startApi } from './server.ts'
export type { RunningApi } from './server.ts'
