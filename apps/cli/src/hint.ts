import type { Host } from './host.ts'

/** Words of ours, such as `jobs show ID` → the line that people type to have it from the same API. */
export type Hint = (words: string) => string

/** `api`: as it was given on the command line; what stands in the environment is there the next time too. */
export function hintOf({ command }: Pick<Host, 'command'>, { api }: { readonly api?: string | undefined }): Hint {
  return (words) => `${command} ${words}${api === undefined ? '' : ` --api ${api}`}`
}
