import type { Limit } from '@cae/core'

/** The limits that the providers declare. */
export async function declaredLimits(): Promise<Limit[]> {
  const { awsProvider } = await import('@cae/provider-aws')
  const { azureProvider } = await import('@cae/provider-azure')
  const { gcpProvider } = await import('@cae/provider-gcp')
  const providers = [awsProvider({ accounts: [] }), azureProvider({ accounts: [] }), gcpProvider({ projects: [] })]
  return providers.flatMap(({ limits }) => limits)
}

/** `limits.overrides` for clouds whose time runs so many times as fast. */
export async function compressedLimits(timeScale: number): Promise<Record<string, Record<string, number>>> {
  const limits = await declaredLimits()
  return Object.fromEntries(
    limits.map(({ name, ratePerSecond, windowSeconds, perDay }) => [
      name,
      {
        rate_per_second: ratePerSecond * timeScale,
        ...(windowSeconds !== undefined && { window_seconds: windowSeconds / timeScale }),
        // A day of ours is as many of theirs.
        ...(perDay !== undefined && { calls_per_day: Math.floor(perDay * timeScale) }),
      },
    ]),
  )
}
