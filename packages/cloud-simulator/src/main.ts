import { parseOptions } from './command-line.ts'
import { estateSummary } from './control.ts'
import { startSimulator } from './simulator.ts'

/**
 * Starts the simulator, prints one line of JSON that says where it listens and what exists, and waits to be stopped.
 * Options come as arguments (`--help` lists them) or, for containers, as variables: SIMULATOR_HOST, SIMULATOR_PORT,
 * SIMULATOR_GRPC_PORT, SIMULATOR_SEED, SIMULATOR_RESOURCES, SIMULATOR_ACCOUNTS, SIMULATOR_REGIONS,
 * SIMULATOR_SUBSCRIPTIONS, SIMULATOR_PROJECTS, SIMULATOR_QUOTAS, SIMULATOR_LATENCY, SIMULATOR_TIME_SCALE.
 */
async function main(): Promise<void> {
  const { options, help, problems } = parseOptions(process.argv.slice(2), process.env)
  if (help) return void process.stdout.write(help)
  if (problems.length > 0) {
    process.stderr.write(`${problems.join('\n')}\n`)
    process.exitCode = 1
    return
  }
  const simulator = await startSimulator(options)
  const { awsEndpoint, azureEndpoint, gcpEndpoint, controlEndpoint, estate } = simulator
  const endpoints = { awsEndpoint, azureEndpoint, gcpEndpoint, controlEndpoint }
  process.stdout.write(`${JSON.stringify({ ...endpoints, ...estateSummary(estate) })}\n`)
  const stop = () => void simulator.close()
  process.once('SIGTERM', stop)
  process.once('SIGINT', stop)
}

main().catch((thrown: unknown) => {
  process.stderr.write(`cloud-simulator: ${thrown instanceof Error ? thrown.message : String(thrown)}\n`)
  process.exitCode = 1
})
