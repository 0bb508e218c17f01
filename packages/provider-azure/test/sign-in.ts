import { ExtractionError } from '@cae/core'
import { azureProvider } from '../src/index.ts'
import { run } from './run.ts'

// A process of its own, since Node reads NODE_EXTRA_CA_CERTS as it starts, and the credentials stand in its environment.
// Prints how many resources it got, or why none.
const [endpoint, subscription_id] = process.argv.slice(2)
const provider = azureProvider({ endpoint: endpoint!, accounts: [{ subscription_id: subscription_id! }] })
try {
  const { artifacts, endings } = await run(provider)
  const incomplete = endings.filter(({ outcome }) => outcome !== 'complete')
  console.log(incomplete.length === 0 ? artifacts.size : JSON.stringify(incomplete))
} catch (error) {
  if (!(error instanceof ExtractionError)) throw error
  console.log(error.code, error.message)
}
