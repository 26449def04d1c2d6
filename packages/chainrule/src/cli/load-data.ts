/** The data set that the options ask for, with a bar while it is fetched. */
import { SingleBar } from 'cli-progress'
import type { LabelledImageSet } from '../data/index.ts'
import { dataSets, known } from './catalogue.ts'
import type { DataOptions } from './options.ts'
import { showBytes, terminalOf } from './terminal.ts'

export async function loadData({ data, dataDir, source, limit }: DataOptions): Promise<LabelledImageSet> {
  const entry = known('data', dataSets, data)
  const fetching = downloads(process.stderr)
  try {
    const sources = source ? [source] : dataDir === undefined ? entry.sources : (['cache', 'network'] as const)
    const set = await entry.load({ sources, folder: dataDir, onProgress: fetching.see })
    return limit === undefined ? set : { ...set, train: set.train.take(limit), test: set.test.take(limit) }
  } finally {
    fetching.stop()
  }
}

function downloads(stream: NodeJS.WriteStream) {
  const { live } = terminalOf(stream)
  let name = ''
  let bar: SingleBar | undefined
  const stop = (): void => {
    bar?.stop()
    bar = undefined
  }
  return {
    see(progress: { name: string; received: number; total: number | undefined }): void {
      const total = progress.total ?? progress.received
      if (progress.name !== name) {
        stop()
        name = progress.name
        if (!live) stream.write(`fetching ${name} (${showBytes(total)})\n`)
        else {
          const format = `{name} {bar} {percentage}% of ${showBytes(total)}, {eta_formatted} left`
          bar = new SingleBar({
            format,
            stream,
            hideCursor: true,
            barsize: 25,
            barCompleteChar: '█',
            barIncompleteChar: '░',
          })
          bar.start(total, progress.received, { name })
        }
      }
      bar?.update(progress.received, { name })
    },
    stop,
  }
}
