import { ExtractionError } from '@cae/core'

/**
 * Credentials answer for the account that they are of, whichever one the settings meant by them: without a role, all
 * accounts of the settings would show the resources of one. Throws `CREDENTIALS_INVALID` then.
 */
export function requireAccount(actual: string | null | undefined, expected: string): void {
  if (!actual || actual === expected) return
  throw new ExtractionError(
    'CREDENTIALS_INVALID',
    `AWS: the credentials for account ${expected} are of account ${actual}; name a role_arn in it`,
  )
}
