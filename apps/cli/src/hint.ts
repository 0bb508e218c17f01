import type { Host } from './host.ts'

/** Words of ours, such as `jobs show ID` → the line that people type to have it from the same API. */
export type Hint = (words: string) => string

/** What the API and the table of errors advise, as it is typed here: `cae check`, and a command where they name an address. */
export function typedHere(text: string, hint: Hint): string {
  return text
    .replace(/`cae ([a-z ]+)`/g, (_, words: string) => `\`${hint(words)}\``)
    .replace('GET /extraction/services', `\`${hint('services')}\``)
}

/** `api`: as it was given on the command line; what stands in the environment is there the next time too. */
export function hintOf({ command }: Pick<Host, 'command'>, { api }: { readonly api?: string | undefined }): Hint {
  return (words) => `${command} ${words}${api === undefined ? '' : ` --api ${api}`}`
}
