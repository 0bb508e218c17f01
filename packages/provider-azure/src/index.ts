export type { Row } from './row.ts'
export { toArtifact } from './translate.ts'
export type { RowOrigin } from './translate.ts'
