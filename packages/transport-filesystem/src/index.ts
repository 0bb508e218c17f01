export { filesystemTransport } from './filesystem-transport.ts'
export type { FilesystemOptions } from './filesystem-transport.ts'
