import { AwsError } from './error.ts'
import { OTHER_NAMES } from './names.ts'
import { allTags, findNamed, upperCamel } from './properties.ts'
import { cursorOf, keyOf, pageSize, textOf, type AwsService, type Call } from './service.ts'
import { TYPES } from '../estate/estate.ts'
import { textTemplate, type Text } from '../estate/hole.ts'
import { listItems } from '../listing.ts'
import type { Item } from '../estate/resource-type.ts'
import { runsOf } from '../estate/selection.ts'
import { jsonTemplate } from '../estate/template.ts'

/** Resource Groups Tagging API, JSON 1.1. It knows resources that have tags, and no others. */
export const TAGGING: AwsService = {
  name: 'tag',
  signedAs: 'tagging',
  contentType: 'application/x-amz-json-1.1',
  operations: { GetResources: getResources },
  faults: [],
  cursor: ({ PaginationToken }) => textOf(PaginationToken),
  badCursor: () => new AwsError('PaginationTokenExpiredException', 'The pagination token has expired'),
  throttled: () => new AwsError('ThrottledException', 'Rate exceeded'),
}

const MAX_RESOURCES = 100
const DEFAULT_RESOURCES = 50
const ARN = textTemplate('{{arn}}')

const tagWriters = TYPES.aws.types.map((type) => jsonTemplate(upperCamel(allTags(type))))

/** The tags of a resource as JSON: `[{"Key": …, "Value": …}]`. */
export function tagsJson(item: Item): string {
  return tagWriters[item.type]!(item)
}

function getResources(call: Call): string {
  const { ResourceARNList: arns, ResourceTypeFilters: types, TagFilters, ResourcesPerPage, TagsPerPage } = call.input
  if (TagFilters !== undefined) throw invalid('TagFilters is not supported by the simulator')
  if (arns === undefined) return listTagged(call, types, ResourcesPerPage)
  if (types ?? ResourcesPerPage ?? TagsPerPage ?? TAGGING.cursor(call.input)) {
    throw invalid('ResourceARNList cannot be combined with filters or pagination parameters')
  }
  if (!Array.isArray(arns) || arns.length < 1 || arns.length > MAX_RESOURCES) {
    throw invalid(`ResourceARNList must have 1 to ${MAX_RESOURCES} members`)
  }
  const wrong = arns.find((arn) => typeof arn !== 'string' || !arn.startsWith('arn:aws:'))
  if (wrong !== undefined) throw invalid(`Invalid ARN: ${String(wrong)}`)
  const items = arns.flatMap((arn: string) => findByArn(call, arn))
  return mappings(items.filter(isTagged))
}

function listTagged(call: Call, types: unknown, perPage: unknown): string {
  const wanted = Array.isArray(types) && types.length > 0 ? types : null
  const key = keyOf(call, `tagged ${JSON.stringify(wanted)}`)
  const { items, next } = listItems(
    {
      runs: runsOf([call.slice], (_, type) => !wanted || wanted.some((name) => isKind(type, name))),
      accepts: isTagged,
    },
    key,
    cursorOf(TAGGING, call, key),
    pageSize(perPage, DEFAULT_RESOURCES, MAX_RESOURCES, invalid),
    call.strike,
  )
  return mappings(items, next ?? '')
}

// `ec2` is all that EC2 has, `ec2:instance` its instances.
function isKind(type: number, name: unknown): boolean {
  const { explorer } = OTHER_NAMES[TYPES.aws.types[type]!.alias]!
  return explorer === name || explorer.split(':')[0] === name
}

/** Types that GetResources knows nothing of. Source: services that support the Resource Groups Tagging API. */
const UNKNOWN: ReadonlySet<string> = new Set(['role', 'user', 'autoScalingGroup'])

function isTagged(item: Item): boolean {
  return !UNKNOWN.has(TYPES.aws.types[item.type]!.alias) && tagsJson(item) !== '[]'
}

function findByArn({ slice }: Call, arn: string): Item[] {
  const text: Text = ARN
  for (const [type, count] of slice.counts.entries()) {
    const item = count > 0 ? findNamed(slice, type, arn, text) : undefined
    if (item) return [item]
  }
  return []
}

// The last page's token is empty.
function mappings(items: readonly Item[], token = ''): string {
  const list = items.map((item) => `{"ResourceARN":"${ARN(item)}","Tags":${tagsJson(item)}}`)
  return `{"PaginationToken":"${token}","ResourceTagMappingList":[${list.join(',')}]}`
}

function invalid(message: string): AwsError {
  return new AwsError('InvalidParameterException', message)
}
