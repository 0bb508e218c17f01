export type { Asset, AssetResource } from './asset.ts'
export { toArtifact } from './translate.ts'
export type { AssetOrigin } from './translate.ts'
