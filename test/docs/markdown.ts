/** What our documents use of Markdown. */
export interface Block {
  readonly language: string
  readonly text: string
}

export function fencedBlocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(([, language, text]) => ({
    language: language!,
    text: text!,
  }))
}

/** The commands of every `sh` block, one for each line. */
export function commandLines(markdown: string): string[] {
  return fencedBlocks(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replaceAll('\\\n', ' ').split('\n'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'))
}

/** The text below a heading, up to the next one of any depth. */
export function section(markdown: string, heading: string): string {
  const [, text] = new RegExp(`^#+ ${heading}\\n(.*?)(?=^#+ |$(?![^]))`, 'ms').exec(withoutComments(markdown)) ?? []
  if (text === undefined) throw new Error(`there is no heading ${heading}`)
  return text
}

/** Rows of the first table, as texts of their cells, without its head. */
export function tableRows(markdown: string): string[][] {
  const [table] = /(?:^\|.*\|\n)+/m.exec(markdown) ?? []
  if (!table) throw new Error('there is no table')
  return table
    .trimEnd()
    .split('\n')
    .slice(2)
    .map((row) =>
      row
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}

export function codeSpans(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code!)
}

/** Targets of links that are files of ours. */
export function fileLinks(markdown: string): string[] {
  return [...markdown.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)]
    .map(([, target]) => target!)
    .filter((target) => !/^[a-z]+:/.test(target))
}

// `# …` in a code block is a comment, not a heading.
function withoutComments(markdown: string): string {
  return markdown.replace(/^```.*?^```$/gms, (block) => block.replace(/^#/gm, ' #'))
}
