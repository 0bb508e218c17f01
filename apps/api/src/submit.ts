import type { ExtractionRequest } from '@cae/core'
import { newRunId, PAYLOAD_VERSION, runJobOptions, validPayload } from '@cae/runtime'
import type { Dependencies } from './dependencies.ts'
import { isRedisAway, Undecided } from './problem.ts'

/**
 * Makes a run and enqueues it; resolves with its id when both are durable. A worker never sees a job whose run is not in
 * the ledger. One after the other, since a Redis that hangs does later what it has not answered: where the first write is
 * not answered nothing is enqueued, the client is told so, and maintenance ends the run that may be there.
 */
export async function submit(request: ExtractionRequest, { ledger, runs, clock }: Dependencies): Promise<string> {
  const id = newRunId(clock.now())
  const payload = validPayload('run', { v: PAYLOAD_VERSION, runId: id })
  await ledger.createRun({ id, createdAt: clock.now(), request })
  await runs.add('run', payload, runJobOptions(id)).catch((thrown: unknown) => {
    throw isRedisAway(thrown) ? new Undecided(untold(id)) : thrown
  })
  return id
}

function untold(id: string): string {
  return `Redis has not answered: whether job ${id} was accepted shows at /extraction/jobs/${id}; look before you try again`
}
