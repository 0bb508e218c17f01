import { ExtractionError, type Context } from '@cae/core'
import type { AssetPage } from '../asset.ts'
import { assetTypesOf, wideAssetTypesOf } from '../asset-types.ts'
import { PAGE_SIZE, type BesideRequest } from './beside.ts'
import type { AssetApi } from '../client/call.ts'
import type { Position } from './cursor.ts'
import { isAboutTypes } from '../errors.ts'
import { timestampOf, type SliceQuery } from '../query.ts'

/** The part that all requests of a slice share. */
export function requestOf(query: SliceQuery, wide: boolean): BesideRequest {
  const assetTypes = wide ? wideAssetTypesOf(query) : assetTypesOf(query)
  return { parent: query.parent, readTime: timestampOf(query.readTime), ...(assetTypes && { assetTypes }) }
}

/** One page of resources. */
export interface ResourcePage {
  readonly page: AssetPage
  /** More is listed than the slice wants. */
  readonly wide: boolean
  /** ListAssets said that it has resources of none of the slice's types. */
  readonly unlisted: boolean
}

const NO_PAGE: AssetPage = { assets: [], nextPageToken: '' }

/** Throws `CURSOR_EXPIRED` where the token is no longer accepted. */
export async function listResources(
  query: SliceQuery,
  position: Position,
  api: AssetApi,
  context: Context,
): Promise<ResourcePage> {
  const { token: pageToken, wide } = position
  const request = { ...requestOf(query, wide), contentType: 'RESOURCE', pageSize: PAGE_SIZE, pageToken } as const
  try {
    return { page: await api.list(request, context), wide, unlisted: false }
  } catch (thrown) {
    if (!isInvalid(thrown)) throw thrown
    // A request that was accepted for the first page can be wrong on a later one only by its token, which lives 72 hours.
    if (pageToken !== '') throw expired(thrown)
    // How long an expression may be is not documented.
    if (!wide && query.except?.length) return listResources(query, { ...position, wide: true }, api, context)
    if (query.only && isAboutTypes(thrown)) return { page: NO_PAGE, wide, unlisted: true }
    throw thrown
  }
}

export function isInvalid(thrown: unknown): thrown is ExtractionError {
  return thrown instanceof ExtractionError && thrown.code === 'REQUEST_INVALID'
}

export function expired(cause: ExtractionError): ExtractionError {
  const { message, nativeCode } = cause
  return new ExtractionError('CURSOR_EXPIRED', message, { cause, ...(nativeCode && { nativeCode }) })
}

/**
 * Whether ListAssets supports a type at all: one that matches nothing is refused, and here that is the answer. A refusal in
 * other words is none, so that the type stays missing.
 */
export async function isSupported(
  query: SliceQuery,
  assetType: string,
  api: AssetApi,
  context: Context,
): Promise<boolean> {
  const request = { ...requestOf({ ...query, only: [assetType], except: [] }, false), contentType: 'RESOURCE' } as const
  try {
    await api.index({ ...request, pageSize: 1 }, context)
    return true
  } catch (thrown) {
    if (isInvalid(thrown)) return !isAboutTypes(thrown)
    throw thrown
  }
}
