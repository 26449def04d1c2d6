/** Runs experiments as it is told, one at a time: in a Worker (`worker.ts`), or on the page's own thread (`host.ts`). */
import { jsDevice, setDevice, wasmDevice } from 'chainrule'
import { wasmAllowed } from '../engine.ts'
import type { Experiment, Reply, Request } from './experiment.ts'
import { experiments } from './experiments.ts'

/** Lets messages in. */
const breathe = (): Promise<void> =>
  new Promise(resolve => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      resolve()
    }
    port2.postMessage(0)
  })

/** On one thread of the `wasm` device, or on the reference where WebAssembly is forbidden. `post` takes what it has to say. */
export function conduct(post: (reply: Reply) => void): (request: Request) => void {
  const ready = setDevice(wasmAllowed() ? wasmDevice({ threads: 1 }) : jsDevice())
  let run = -1
  let experiment: Experiment<unknown, unknown> | undefined
  let left = 0
  let looping = false
  /** Resolves the wait for the page to have seen the last news. */
  let seen = (): void => {}
  /** One thing at a time: questions wait for the step that is being done. */
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work)
    last = mine.catch(() => {})
    return mine
  }
  const fail = (mine: number) => (error: unknown) =>
    post({ type: 'failed', run: mine, message: error instanceof Error ? error.message : String(error) })

  async function tell(mine: number, question?: unknown): Promise<void> {
    const news = await inTurn(async () => (question === undefined ? experiment!.news() : experiment!.answer!(question)))
    if (mine !== run) return
    const wait = new Promise<void>(resolve => {
      seen = resolve
    })
    post({ type: 'news', run: mine, news, playing: left > 0 })
    await wait
  }
  async function loop(mine: number): Promise<void> {
    if (looping) return
    looping = true
    try {
      while (left > 0 && mine === run) {
        const start = performance.now()
        do {
          const more = await inTurn(async () => experiment!.step())
          left = more ? left - 1 : 0
          await breathe()
        } while (left > 0 && mine === run && performance.now() - start < 33)
        if (mine === run) await tell(mine)
      }
    } finally {
      looping = false
    }
  }

  return data => {
    if (data.type === 'ping') return post({ type: 'pong' })
    if (data.type === 'start') {
      run = data.run
      left = 0
      seen()
      void inTurn(async () => {
        await ready
        experiment = await experiments[data.name as keyof typeof experiments](data.settings as never)
      })
        .then(() => tell(data.run, data.question))
        .catch(fail(data.run))
      return
    }
    if (data.run !== run) return
    if (data.type === 'play') {
      left = data.steps
      void last.then(() => loop(data.run)).catch(fail(data.run))
    } else if (data.type === 'pause') left = 0
    else if (data.type === 'seen') seen()
    else
      void inTurn(async () => experiment!.answer!(data.question))
        .then(news => post({ type: 'answer', run: data.run, id: data.id, news }))
        .catch(fail(data.run))
  }
}
