/**
 * The conversation between `run.mjs` and a participant: JSON lines on standard input and output.
 *
 *   { prepare: row }                          → { check: number[], note?, best? } | { cannot: reason } | { error }
 *   { measure: { milliseconds, atLeast } }    → { best: milliseconds of the quickest run, runs }
 *
 * Import it first: what libraries print goes to standard error, replies alone to standard output.
 */
import { createInterface } from 'node:readline'

const reply = message => process.stdout.write(`${JSON.stringify(message)}\n`)
for (const method of ['log', 'info', 'warn', 'debug']) console[method] = console.error

async function measure(run, { milliseconds, atLeast }) {
  let best = Number.POSITIVE_INFINITY
  let runs = 0
  for (const end = performance.now() + milliseconds; runs < atLeast || performance.now() < end; runs++) {
    const start = performance.now()
    await run()
    best = Math.min(best, performance.now() - start)
  }
  return { best, runs }
}

/** `prepare(row)` gives { run, check, note? }, { best, check } for what can be measured once only, or { cannot }. */
export async function serve(prepare) {
  let run
  for await (const line of createInterface({ input: process.stdin })) {
    const request = JSON.parse(line)
    try {
      if (request.measure) reply(await measure(run, request.measure))
      else {
        const { run: prepared, ...answer } = await prepare(request.prepare)
        run = prepared
        reply(answer)
      }
    } catch (error) {
      reply({ error: String(error?.stack ?? error) })
    }
  }
  process.exit(0)
}
