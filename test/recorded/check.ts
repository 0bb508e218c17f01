// Translates every recorded item of a folder and reports what was lost: npm run check:recorded -- ../shared/data
import type { JsonValue } from '@cae/core'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { readAws } from './aws.ts'
import { readAzure } from './azure.ts'
import { readGcp } from './gcp.ts'
import { leaves, lossOf } from './loss.ts'
import { UnknownShape, type ReadRecording, type RecordedItem } from './recording.ts'

const READERS: Readonly<Record<string, ReadRecording>> = {
  'aws-config': readAws,
  'azure-resource-graph': readAzure,
  'gcp-asset': readGcp,
}

interface FileReport {
  readonly items: number
  readonly artifacts: number
  readonly values: number
  readonly problems: readonly string[]
  readonly note?: string
}

function main(folder: string): number {
  const totals = { files: 0, items: 0, artifacts: 0, values: 0, problems: 0 }
  for (const [name, read] of Object.entries(READERS)) {
    for (const file of readdirSync(join(folder, name))
      .filter((file) => file.endsWith('.json'))
      .toSorted()) {
      const report = checkFile(join(folder, name, file), read)
      print(`${name}/${file}`, report)
      totals.files++
      totals.items += report.items
      totals.artifacts += report.artifacts
      totals.values += report.values
      totals.problems += report.problems.length
    }
  }
  const { files, items, artifacts, values, problems } = totals
  console.log(
    `total: ${files} files, ${items} items, ${artifacts} artifacts, ${values} values compared, ${problems} problems`,
  )
  return problems === 0 && artifacts === items && items > 0 ? 0 : 1
}

function checkFile(path: string, read: ReadRecording): FileReport {
  try {
    const { items, note } = read(JSON.parse(readFileSync(path, 'utf8')) as JsonValue)
    const checked = items.map(checkItem)
    return {
      items: items.length,
      artifacts: checked.filter(({ translated }) => translated).length,
      values: checked.reduce((sum, { values }) => sum + values, 0),
      problems: checked.flatMap(({ problems }) => problems),
      ...(note && { note }),
    }
  } catch (thrown) {
    const problem = thrown instanceof UnknownShape ? 'no known kind of recording' : String(thrown)
    return { items: 0, artifacts: 0, values: 0, problems: [problem] }
  }
}

function checkItem(item: RecordedItem) {
  try {
    const artifact = item.translate()
    const problems = lossOf(item, artifact).map((path) => `lost: ${path} of ${item.label}`)
    return { translated: true, values: leaves(item.configuration) + leaves(item.metadata), problems }
  } catch (thrown) {
    return { translated: false, values: 0, problems: [`${String(thrown)}: ${item.label}`] }
  }
}

function print(file: string, { items, artifacts, problems, note }: FileReport): void {
  console.log(`${file}: ${items} items, ${artifacts} artifacts${note ? ` (${note})` : ''}`)
  for (const problem of problems) console.log(`  ${problem}`)
}

const [folder] = process.argv.slice(2)
if (folder) {
  process.exitCode = main(folder)
} else {
  console.error('usage: npm run check:recorded -- FOLDER')
  process.exitCode = 2
}
