// Fails the run when a test leaves a process, timer, server or connection behind.
import { fstatSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

const WATCHED = new Set([
  'Timeout',
  'Immediate',
  'ProcessWrap',
  'TCPSocketWrap',
  'TCPServerWrap',
  'PipeWrap',
  'TLSWrap',
  'HTTP2SESSION',
  'Worker',
])
// After an error of its connection BullMQ waits for 5 seconds, also where its worker is closed meanwhile.
const GRACE_MS = 6000

function open() {
  const counts = {}
  for (const kind of process.getActiveResourcesInfo()) if (WATCHED.has(kind)) counts[kind] = (counts[kind] ?? 0) + 1
  return counts
}

/** Also those that Node no longer watches, where the system tells. */
function children() {
  try {
    return readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').split(' ').filter(Boolean)
  } catch {
    return []
  }
}

let before
let childrenBefore

export const mochaHooks = {
  beforeAll() {
    before = open()
    childrenBefore = new Set(children())
  },
  async afterAll() {
    this.timeout(GRACE_MS + 5000)
    // Mocha's own timer for this hook is open while we look.
    const timers = 1
    // Our own output may be a pipe that still has something to write; a process that was left shows as one, too.
    const pipes = [1, 2].map((fd) => fstatSync(fd)).filter((file) => file.isFIFO() || file.isSocket()).length
    const own = { Timeout: timers, PipeWrap: pipes }
    const deadline = Date.now() + GRACE_MS
    for (;;) {
      await sleep(20)
      const now = open()
      const left = Object.entries(now)
        .map(([kind, count]) => [kind, count - (before[kind] ?? 0) - (own[kind] ?? 0)])
        .filter(([, count]) => count > 0)
      const processes = children().filter((pid) => !childrenBefore.has(pid))
      if (processes.length > 0) left.push([`processes (${processes.join(', ')})`, processes.length])
      if (left.length === 0) return
      if (Date.now() > deadline) {
        throw new Error(`left open after the tests: ${left.map(([kind, count]) => `${count} ${kind}`).join(', ')}`)
      }
    }
  },
}
