import { expect } from 'chai'
import { checkCron } from '@cae/runtime'

const problem = (expression: string): string | undefined => {
  try {
    checkCron(expression, 'UTC')
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}

describe('a cron expression that is not valid', () => {
  for (const [expression, message] of [
    ['*/0 * * * *', 'the step in the minute field must be 1 or more'],
    ['0 0 1-10/0 * *', 'the step in the day field must be 1 or more'],
    ['0 25 * * *', '25 in the hour field, which takes 0 to 23'],
    ['0 0 * 0 *', '0 in the month field, which takes 1 to 12'],
    ['61 0 0 * * *', '61 in the second field, which takes 0 to 59'],
    ['5-70 * * * *', '5-70 in the minute field, which takes 0 to 59'],
    ['0 17-9 * * *', '17-9 in the hour field ends before it begins'],
    ['0 9- * * *', 'a range in the hour field has one end; it must have two, such as 1-5'],
    ['0 0 * foo *', '"foo" is no name of a month'],
    ['0 0 * * mon-foo', '"foo" is no name of a weekday'],
    ['a * * * *', '"a" in the minute field means nothing'],
    ['0 0 32 13 *', '32 in the day field, which takes 1 to 31'],
    ['0 0 31 2 *', 'its month never has that day'],
    ['1/2/3 * * * *', 'Invalid repeat: 1/2/3'],
  ] as const) {
    it(`(${expression}) is told in words that name the field`, () => {
      expect(problem(expression)).to.equal(message)
    })
  }
})
