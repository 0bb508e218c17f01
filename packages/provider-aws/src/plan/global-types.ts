/**
 * Recorded in every region whose recorder includes global types, under the region `global`: read in more than one, they
 * would be counted as often. Other global types, those that Config learnt after February 2022, are recorded in the home
 * region alone and need no care. Source: API reference of RecordingGroup.
 */
export const IAM_TYPES = ['AWS::IAM::Group', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'AWS::IAM::User'] as const

/** Types that several regions report. Aurora's global clusters are recorded in every region with a recorder. */
export const GLOBAL_TYPES: ReadonlySet<string> = new Set([...IAM_TYPES, 'AWS::RDS::GlobalCluster'])

/** Every account has some: AWS Config itself works by one. */
const IN_EVERY_ACCOUNT = 'AWS::IAM::Role'

const IAM: ReadonlySet<string> = new Set(IAM_TYPES)

export function isIam(type: string): boolean {
  return IAM.has(type)
}

/**
 * Those of the global types that are recorded in fact, as far as what is known tells. Where nothing of IAM is known, none
 * of it is recorded, whatever the recorder says; where something is, none of a type may be all that there is, but of roles.
 */
export function recordedGlobals(types: readonly string[], isKnown: (type: string) => boolean): string[] {
  const hasIam = IAM_TYPES.some(isKnown)
  return types.filter((type) => (type === IN_EVERY_ACCOUNT ? isKnown(type) : hasIam || !isIam(type)))
}

/** Regions that Config came to after February 2022: no recorder there records IAM, whatever it says of itself. */
export const REGIONS_WITHOUT_IAM: ReadonlySet<string> = new Set([
  'ap-east-2',
  'ap-south-2',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
])
