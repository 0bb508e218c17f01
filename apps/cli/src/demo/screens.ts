import type { ProviderName } from '@cae/core'
import type { JobDetail } from '../api/views.ts'
import type { DemoGaps } from './gaps.ts'
import type { DemoOptions } from './options.ts'
import { hintOf } from '../hint.ts'
import type { Host } from '../host.ts'
import type { Expected } from '../text/progress.ts'
import { count, counted, duration } from '../text/quantity.ts'
import { LOCK_MS, STALLED_MS, type SimulatedClouds } from './simulated-clouds.ts'
import type { RunningStack } from '../stack/stack.ts'
import type { Terminal } from '../text/terminal.ts'
import { wrapped } from '../text/wrapped.ts'

export function demoTitle({ colors }: Terminal): string[] {
  return [
    colors.bold('Cloud Artifact Extractor') + colors.dim(' · demo · ') + badge('SIMULATED CLOUDS', colors),
    colors.dim('Three clouds on this machine, over their own protocols; no account is touched.'),
    '',
    colors.dim('Starting …'),
  ]
}

export function demoStarted(
  { quotas, latency, killWorker }: DemoOptions,
  { awsAccounts, awsRegions, azureSubscriptions, gcpProjects }: SimulatedClouds,
  truth: Expected,
  { url, workers }: RunningStack,
  gaps: DemoGaps | null,
  terminal: Terminal,
): string[] {
  const { colors } = terminal
  const tick = colors.green('✔')
  const amount = (name: ProviderName) => count(truth[name] ?? 0).padStart(6)
  const answers = `${latency} ms an answer, quotas ${quotas ? 'as in the real clouds' : 'off'}`
  const row = (name: string, text: string) => `${tick} ${name.padEnd(10)} ${text}`
  return [
    row(
      'AWS',
      `${amount('aws')} resources, ${counted(awsAccounts.length, 'account')} × ${counted(awsRegions.length, 'region')}`,
    ),
    row('Azure', `${amount('azure')} resources, ${counted(azureSubscriptions.length, 'subscription')}`),
    row('GCP', `${amount('gcp')} resources, ${counted(gcpProjects.length, 'project')}`),
    row('API', url),
    row('Workers', `${workers.pids().length}, pid ${workers.pids().join(', ')}`),
    colors.dim(`  Simulated: ${answers}.`),
    ...(gaps ? wrapped('  ', `Gaps: ${gaps.said}.`, terminal, colors.yellow) : []),
    ...(killWorker
      ? [colors.dim(`  A lost worker is noticed within ${(LOCK_MS + STALLED_MS) / 1000} s here, 40 s at the defaults.`)]
      : []),
    '',
  ]
}

/** Above the summary, so that no screen shows simulated numbers without saying so. */
export function simulatedHeader({ job_id, status, timing }: JobDetail, { colors }: Terminal): string[] {
  const took = timing.duration_seconds === null ? '' : ` in ${duration(timing.duration_seconds)}`
  return ['', `${badge('SIMULATED CLOUDS', colors)} ${colors.bold(`job ${job_id} ${status}${took}`)}`, '']
}

/** What to try next. */
export function demoNext({ keep, gaps }: DemoOptions, { url, workers }: RunningStack, host: Host): string[] {
  const { command } = host
  const { bold, dim } = host.stdout.colors
  const rows: readonly (readonly [string, string])[] = keep
    ? [
        ['Dashboard', `${url}/admin/queues`],
        ['Extract again', `curl -X POST ${url}/extraction/extract`],
        ['Watch the jobs', hintOf(host, { api: url })('jobs')],
        ['Kill a worker', `kill -9 ${workers.pids()[0]}   (another starts by itself)`],
      ]
    : [
        ['Leave it running', `${command} demo --keep`],
        gaps ? ['Ask about the gaps', `${command} demo --gaps --keep`] : ['See gaps told', `${command} demo --gaps`],
        ['Kill a worker', `${command} demo --kill-worker`],
        ['Your own clouds', `${command} up --config FILE`],
      ]
  const width = Math.max(...rows.map(([name]) => name.length))
  return [
    '',
    bold(keep ? 'It is still running. Try:' : 'Next'),
    ...rows.map(([name, line]) => `  ${dim(name.padEnd(width))}  ${line}`),
    ...(keep ? ['', dim('Ctrl-C stops everything; the files stay.')] : []),
  ]
}

function badge(text: string, colors: Terminal['colors']): string {
  return colors.isColorSupported ? colors.bgYellow(colors.black(` ${text} `)) : `[${text}]`
}
