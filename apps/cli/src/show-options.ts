/** How a command that asks the API was given: `--api` as it was typed, and whether a program reads what it prints. */
export interface ShowOptions {
  readonly api?: string
  readonly json?: boolean
}
