/** A resource that a listing names. */
export interface Key {
  readonly id: string
  readonly name?: string
  /** Where the listing is of several. */
  readonly region?: string
}
