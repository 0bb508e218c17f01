import type { Settings } from './settings-schema.ts'

/** One thing that is wrong with the settings, and where it stands. */
export interface SettingsProblem {
  readonly path: string
  readonly message: string
}

/** All problems at once. Values are never shown, since a secret may stand under the wrong key. */
export class SettingsError extends Error {
  readonly problems: readonly SettingsProblem[]
  /** The settings without what is wrong with them. */
  readonly rest: Settings | undefined

  constructor(problems: readonly SettingsProblem[], rest?: Settings) {
    const lines = problems.map(({ path, message }) => `  ${path}: ${message}`)
    super([`${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in the settings`, ...lines].join('\n'))
    this.name = 'SettingsError'
    this.problems = problems
    this.rest = rest
  }
}
