/** Where a resource is. */
export interface Place {
  /** A region, a multi-region such as `eu`, or `global`. */
  readonly region: string
  readonly zone: string | null
}

const GLOBAL: Place = { region: 'global', zone: null }
// Zones for AI have a number and a letter of their own: `us-central1-ai1a`.
const ZONE = /^([a-z]+-[a-z]+\d+)-(?:ai\d+)?[a-z]$/
const IN_NAME = /\/(?:zones|regions|locations)\/([^/]+)/

// There are some hundred locations.
const known = new Map<string, Place>()
const KNOWN_MAX = 5000

/** From the resource's location, or from its full name where the API gives no location. */
export function placeOf(location: string | undefined, name: string): Place {
  const text = location || IN_NAME.exec(name)?.[1]
  if (!text) return GLOBAL
  const place = known.get(text)
  if (place) return place
  const made = toPlace(text)
  if (known.size < KNOWN_MAX) known.set(text, made)
  return made
}

// Cloud Storage writes its locations in upper case.
function toPlace(location: string): Place {
  const lower = location.toLowerCase()
  const region = ZONE.exec(lower)?.[1]
  return region ? { region, zone: lower } : { region: lower, zone: null }
}
