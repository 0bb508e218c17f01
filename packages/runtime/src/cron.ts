import { CronExpressionParser } from 'cron-parser'

/** Of cron-parser, which does not export them. */
const CRON_NAMES = [
  '@secondly',
  '@minutely',
  '@hourly',
  '@daily',
  '@weekdays',
  '@weekends',
  '@weekly',
  '@monthly',
  '@yearly',
  '@annually',
]

/** Fields from the last to the first, with the number of values that each has. */
const CRON_FIELDS = [
  ['weekday', 7],
  ['month', 12],
  ['day', 31],
  ['hour', 24],
  ['minute', 60],
  ['second', 60],
] as const

/** Throws an `Error` whose message says what is wrong with the expression. */
export function checkCron(expression: string, timezone: string): void {
  // The parser draws a value for it anew at each tick, so that one night may have two and the next one none.
  if (/\bH\b/.test(expression)) throw new Error('H stands for no fixed time; write a number')
  if (expression.startsWith('@') && !CRON_NAMES.includes(expression)) {
    throw new Error(`${expression} is not known; known are ${CRON_NAMES.join(', ')}`)
  }
  refuseLongSteps(expression)
  const problem = problemOf(expression, timezone)
  if (problem) throw new Error(inWords(problem, expression), { cause: problem })
}

function problemOf(expression: string, timezone = 'UTC'): Error | undefined {
  try {
    CronExpressionParser.parse(expression, { tz: timezone })
    return undefined
  } catch (error) {
    return error as Error
  }
}

type Words = (field: string, ...given: string[]) => string

/** What cron-parser says, and what we say of it. */
const PROBLEMS: readonly (readonly [RegExp, Words])[] = [
  [/repeat at every \S+ time/, (field) => `the step in the ${field} field must be 1 or more`],
  [/got range .*NaN/, (field) => `a range in the ${field} field has one end; it must have two, such as 1-5`],
  [
    /got (?:value|range) (\S+) expected range (\d+)-(\d+)/,
    (field, given, min, max) => `${given} in the ${field} field, which takes ${min} to ${max}`,
  ],
  [/Invalid range: (\S+), min\(/, (field, range) => `${range} in the ${field} field ends before it begins`],
  [/cannot resolve alias (".*")/, (field, name) => `${name} is no name of a ${field}`],
  [
    /Invalid characters, got value: (.*)/,
    (field, given) => `${JSON.stringify(given)} in the ${field} field means nothing`,
  ],
]

// The parser does not say in which field it found the problem; alone among stars each field shows its own.
function inWords(problem: Error, expression: string): string {
  const fields = expression.trim().split(/\s+/)
  for (const [n, field] of fields.entries()) {
    const own = problemOf(fields.map((_, other) => (other === n ? field : '*')).join(' '))
    const [name] = CRON_FIELDS[fields.length - 1 - n] ?? []
    if (own && name) return ofField(name, own.message)
  }
  return problem.message.includes('explicit day of month') ? 'its month never has that day' : problem.message
}

function ofField(field: string, message: string): string {
  for (const [said, words] of PROBLEMS) {
    const [found, ...given] = said.exec(message) ?? []
    if (found !== undefined) return words(field, ...given)
  }
  return message
}

// The parser takes them, and fires at the first value alone: */90 each hour.
function refuseLongSteps(expression: string): void {
  const fields = expression.trim().split(/\s+/).toReversed()
  for (const [n, [name, values]] of CRON_FIELDS.entries()) {
    for (const [, step] of (fields[n] ?? '').matchAll(/\/(\d+)/g)) {
      if (Number(step) <= values) continue
      throw new Error(`a step of ${step} in the ${name} field, which has ${values} values, never comes to a second one`)
    }
  }
}

/** Seconds between its next two fires after a moment, in milliseconds since the epoch. */
export function secondsApart(expression: string, timezone: string, now: number): number {
  const fires = CronExpressionParser.parse(expression, { tz: timezone, currentDate: new Date(now) })
  return (-fires.next().getTime() + fires.next().getTime()) / 1000
}
