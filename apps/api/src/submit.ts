import type { ExtractionRequest } from '@cae/core'
import { newRunId, PAYLOAD_VERSION, runJobOptions, validPayload } from '@cae/runtime'
import type { Dependencies } from './dependencies.ts'

/**
 * Makes a run and enqueues it; resolves with its id when both are durable. The two writes go in one round trip and in
 * this order, so a worker never sees a job whose run is not in the ledger; where only the first succeeds, the client
 * is told that nothing was accepted and maintenance ends the run.
 */
export async function submit(request: ExtractionRequest, { ledger, runs, clock }: Dependencies): Promise<string> {
  const id = newRunId(clock.now())
  const payload = validPayload('run', { v: PAYLOAD_VERSION, runId: id })
  await Promise.all([
    ledger.createRun({ id, createdAt: clock.now(), request }),
    runs.add('run', payload, runJobOptions(id)),
  ])
  return id
}
