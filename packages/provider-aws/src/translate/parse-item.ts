import { randomUUID } from 'node:crypto'
import { jsonTextAt, type JsonText } from '@cae/core'
import type { ConfigItem } from './config-item.ts'
import { parseRow } from '../query/parse-row.ts'

const CONFIGURATION = '"configuration":'
/** Stands for the configuration while the rest of a row is parsed. No row can hold it by itself: it is drawn anew by every process. */
const HOLE = randomUUID()

/**
 * A row of SelectResourceConfig. Its configuration, which is most of it, stays text where it can
 * (docs/decisions/0004). Throws `RESPONSE_INVALID` for a row that is no JSON.
 */
export function parseItem(row: string): ConfigItem {
  const start = row.indexOf(`${CONFIGURATION}{`) + CONFIGURATION.length
  const configuration = start < CONFIGURATION.length ? null : jsonTextAt(row, start)
  return (configuration && itemAround(row, start, configuration)) ?? parseRow(row)
}

// Undefined where what was found is not the row's own configuration, but the key of something deeper in it.
function itemAround(row: string, start: number, configuration: JsonText): ConfigItem | undefined {
  const rest = `${row.slice(0, start)}"${HOLE}"${row.slice(start + configuration.text.length)}`
  const item = parseRow(rest)
  if (item['configuration'] !== HOLE) return undefined
  item['configuration'] = configuration
  return item
}
