/** The Worker in which experiments run. */
import { conduct } from './conduct.ts'
import type { Reply, Request } from './experiment.ts'

interface Scope {
  postMessage(message: Reply): void
  onmessage: ((event: { data: Request }) => void) | null
}
const scope = globalThis as unknown as Scope
const request = conduct(reply => scope.postMessage(reply))
scope.onmessage = ({ data }) => request(data)
scope.postMessage({ type: 'ready' })
