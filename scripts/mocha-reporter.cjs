// The spec reporter, and a count in .results/ that scripts/test.mjs sums over all packages.
const { mkdirSync, writeFileSync } = require('node:fs')
const { reporters, Runner } = require('mocha')

module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = runner.stats
      mkdirSync('.results', { recursive: true })
      writeFileSync('.results/tests.json', JSON.stringify({ passed: passes, failed: failures, skipped: pending }))
    })
  }
}
