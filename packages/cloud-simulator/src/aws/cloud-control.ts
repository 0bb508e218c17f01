import { AwsError } from './error.ts'
import { EMPTY_TYPES, OTHER_NAMES } from './names.ts'
import { findNamed, propertyWriter, type PropertyWriter } from './properties.ts'
import { cursorOf, keyOf, textOf, type AwsService, type Call, type Input } from './service.ts'
import { TYPES } from '../estate/estate.ts'
import type { Strike } from '../faults.ts'
import { listItems } from '../listing.ts'
import type { EstateSlice } from '../estate/resource-type.ts'
import { runsOf } from '../estate/selection.ts'

/** Cloud Control, JSON 1.0. */
export const CLOUD_CONTROL: AwsService = {
  name: 'cloudformation',
  signedAs: 'cloudcontrolapi',
  contentType: 'application/x-amz-json-1.0',
  operations: { ListResources: listResources, GetResource: getResource },
  faults: [
    'identifiers_only',
    'partial_properties',
    'unsupported_type',
    'needs_model',
    'handler_failed',
    'handler_denied',
    'buckets_everywhere',
  ],
  table: ({ TypeName }: Input) => textOf(TypeName) ?? undefined,
  cursor: ({ NextToken }) => textOf(NextToken),
  badCursor: () => new AwsError('InvalidRequestException', 'Invalid NextToken'),
  throttled: () => new AwsError('ThrottlingException', 'Rate exceeded'),
}

const PAGE = 100
const BUCKET_PAGE = 1000

const byCloudFormationName = new Map(
  TYPES.aws.types.flatMap(({ alias, name }, type) => {
    const { cloudFormation = name, identifier } = OTHER_NAMES[alias]!
    return identifier ? [[cloudFormation, type] as const] : []
  }),
)

function listResources(call: Call): string {
  const { input, strike } = call
  const name = typeNameOf(input)
  if (strike) refuseType(strike, name)
  const type = byCloudFormationName.get(name)
  if (type === undefined) return JSON.stringify({ TypeName: name, ResourceDescriptions: emptyList(name) })
  const { alias } = TYPES.aws.types[type]!
  if (OTHER_NAMES[alias]!.unlisted) throw unsupported(name, 'LIST')
  const key = keyOf(call, `resources ${name}`)
  const { items, next } = listItems(
    { runs: runsOf(slicesOf(call, type), (_, one) => one === type) },
    key,
    cursorOf(CLOUD_CONTROL, call, key),
    alias === 'bucket' ? BUCKET_PAGE : PAGE,
    strike,
  )
  const { identifier, ...writers } = propertyWriter(type)
  const properties = writers[items.length > 0 ? listedAs(strike) : 'all']
  const descriptions = items.map((item) => `{"Identifier":"${identifier(item)}","Properties":"${properties(item)}"}`)
  const token = next === null ? '' : `,"NextToken":"${next}"`
  return `{"TypeName":"${name}","ResourceDescriptions":[${descriptions.join(',')}]${token}}`
}

// What is global is listed in every region.
function slicesOf({ world, slice, strike }: Call, type: number): readonly EstateSlice[] {
  const { alias, global } = TYPES.aws.types[type]!
  if (global) return [slice.home ?? slice]
  if (alias !== 'bucket' || !strike?.hits('buckets_everywhere')) return [slice]
  return world.estate.tables.aws.filter(({ scope }) => scope === slice.scope)
}

function listedAs(strike: Strike | undefined): keyof Omit<PropertyWriter, 'identifier'> {
  if (strike?.hits('identifiers_only')) return 'onlyIdentifier'
  return strike?.hits('partial_properties') ? 'some' : 'all'
}

function getResource({ input, slice, strike }: Call): string {
  const name = typeNameOf(input)
  if (strike) refuseType(strike, name)
  const identifier = textOf(input['Identifier']) ?? ''
  const type = byCloudFormationName.get(name)
  if (type === undefined) emptyList(name)
  const item = type === undefined ? undefined : find(slice, type, identifier)
  if (!item && strike?.hits('buckets_everywhere')) {
    throw new AwsError(
      'GeneralServiceException',
      `${name} Handler returned status FAILED: null (Service: S3, Status Code: 301)`,
    )
  }
  if (!item) {
    throw new AwsError(
      'ResourceNotFoundException',
      `AWS Resource of type '${name}' with identifier '${identifier}' is not found.`,
    )
  }
  const { all } = propertyWriter(type!)
  return `{"TypeName":"${name}","ResourceDescription":{"Identifier":${JSON.stringify(identifier)},"Properties":"${all(item)}"}}`
}

function find(slice: EstateSlice, type: number, identifier: string) {
  const from = TYPES.aws.types[type]!.global ? (slice.home ?? slice) : slice
  return findNamed(from, type, identifier, propertyWriter(type).identifier)
}

function typeNameOf({ TypeName }: Input): string {
  if (typeof TypeName === 'string' && /^\w+::\w+::\w+$/.test(TypeName)) return TypeName
  throw new AwsError(
    'ValidationException',
    `Value '${String(TypeName)}' at 'typeName' failed to satisfy constraint: Member must satisfy regular expression pattern`,
  )
}

function emptyList(name: string): [] {
  if (EMPTY_TYPES.has(name)) return []
  throw new AwsError('TypeNotFoundException', `The type '${name}' cannot be found.`)
}

function refuseType(strike: Strike, name: string): void {
  if (strike.hits('unsupported_type')) throw unsupported(name, 'LIST')
  if (strike.hits('needs_model')) {
    throw new AwsError(
      'InvalidRequestException',
      `Missing or invalid ResourceModel property in ${name} list handler request input. Required property: (#: required key [ParentName] not found)`,
    )
  }
  if (strike.hits('handler_denied')) {
    throw new AwsError(
      'AccessDeniedException',
      `${name} Handler returned status FAILED: You are not authorized to perform this operation. (Status Code: 403) (HandlerErrorCode: AccessDenied)`,
    )
  }
  if (strike.hits('handler_failed')) {
    throw new AwsError(
      'GeneralServiceException',
      `${name} Handler returned status FAILED: Error occurred during the operation. (HandlerErrorCode: GeneralServiceException)`,
    )
  }
}

function unsupported(name: string, action: string): AwsError {
  return new AwsError('UnsupportedActionException', `Resource type ${name} does not support ${action} action`)
}
