import type { FaultRule, Simulator } from '@cae/cloud-simulator'
import { ExtractionError } from '@cae/core'
import { expect } from 'chai'
import { awsCall, type Call } from '../src/client/call.ts'
import { clientCache, type Place } from '../src/client/client.ts'
import type { AwsAccount } from '../src/options.ts'

/** Calls over the real SDKs to a simulator, with a role for each account. */
export function callsTo({ awsEndpoint }: Simulator): Call {
  return awsCall(clientCache({ accounts: [], endpoint: awsEndpoint, timeoutMs: 20_000 }))
}

export function accountOf(account_id: string): AwsAccount {
  return { account_id, regions: [], role_arn: `arn:aws:iam::${account_id}:role/inventory` }
}

export function placeOf({ estate }: Simulator, account = 0, region = 'us-east-1'): Place {
  return { account: accountOf(estate.awsAccounts[account]!), region }
}

export function strike(simulator: Simulator, ...rules: Omit<FaultRule, 'provider'>[]): void {
  simulator.setFaults(rules.map((rule) => ({ provider: 'aws', ...rule })))
}

export async function failure(work: Promise<unknown>): Promise<ExtractionError> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  expect(thrown).to.be.instanceOf(ExtractionError)
  return thrown as ExtractionError
}
