/**
 * Training as a person watches it: a bar that is drawn over on a terminal, a line now and then elsewhere, and one line for every
 * finished epoch on both. The bar goes to standard error, everything else to standard output.
 */
import { SingleBar } from 'cli-progress'
import type { EpochEvent, FitEvent, StepEvent } from '../train/events.ts'
import type { Output } from './output.ts'
import { fitting, type Part, showBytes, showCount, showSeconds, terminalOf } from './terminal.ts'

/** Seconds between plain lines. */
const pause = 3

/** The most memory this process has held so far. */
export const peakMemory = (): number => process.resourceUsage().maxRSS * 1024

export interface Live {
  see(event: FitEvent): void
  /** Takes the bar away for good. */
  stop(): void
}

export function live(output: Output, stream: NodeJS.WriteStream = process.stderr): Live {
  const terminal = terminalOf(stream)
  let bar: SingleBar | undefined
  let speed = 0
  let said = performance.now()
  let ended = false

  const hide = (): void => {
    bar?.stop()
    bar = undefined
  }
  const onStep = (event: StepEvent): void => {
    speed = event.samplesPerSecond
    if (ended) return
    if (terminal.live) {
      if (!bar) {
        bar = new SingleBar({
          format: (_, { progress }, { event: latest }) =>
            barLine(latest as StepEvent, progress, stream.columns || terminal.columns),
          stream,
          clearOnComplete: true,
          hideCursor: true,
          gracefulExit: false,
          linewrap: null,
          fps: 15,
        })
        bar.start(event.batches, event.batch, { event })
      }
      bar.update(event.batch, { event })
    } else if (performance.now() - said > pause * 1000) {
      said = performance.now()
      output.line(
        status(event)
          .map(({ text }) => text)
          .join('  '),
      )
    }
  }
  const onEpoch = (event: EpochEvent): void => {
    hide()
    said = performance.now()
    output.line(epochLine(event, speed, output))
  }
  return {
    see(event) {
      if (event.type === 'step') onStep(event)
      else if (event.type === 'epoch') onEpoch(event)
      else if (event.type === 'done') hide()
    },
    stop() {
      ended = true
      hide()
    },
  }
}

const counter = (n: number, of: number): string => `${String(n).padStart(String(of).length)}/${of}`

/** The numbers of a step, the epoch first. */
function status({ epoch, epochs, step, batch, batches, mean, samplesPerSecond, secondsLeft }: StepEvent): Part[] {
  const { loss, accuracy } = mean as { loss: number; accuracy?: number }
  return [
    { text: `epoch ${counter(epoch, epochs)}` },
    { text: `batch ${counter(batch, batches)}`, drop: 7 },
    { text: `step ${step}`, drop: 4 },
    { text: `loss ${loss.toFixed(4)}` },
    ...(accuracy === undefined ? [] : [{ text: `accuracy ${accuracy.toFixed(4)}`, drop: 2 }]),
    { text: `${showCount(samplesPerSecond).padStart(6)} images/s`, drop: 5 },
    { text: `${showSeconds(secondsLeft).padStart(5)} left`, drop: 3 },
    { text: `peak ${showBytes(peakMemory())}`, drop: 6 },
  ]
}

const leastBar = 10
const mostBar = 30
/** The bar between the epoch and the rest, one column short of the terminal: what does not fit beside it is left out. */
export function barLine(event: StepEvent, progress: number, columns: number): string {
  const parts = status(event).filter(({ text }) => !text.startsWith('batch')) // the bar shows it
  const [epoch, ...rest] = fitting(parts, columns - 1 - leastBar - 2).map(({ text }) => text)
  const used = [epoch, ...rest].join('  ').length
  const room = Math.min(mostBar, columns - 1 - used - 2)
  const full = Math.round(Math.min(1, progress) * room)
  const drawn = room < 5 ? [] : [`${'█'.repeat(full)}${'░'.repeat(room - full)}`]
  return [epoch, ...drawn, ...rest].join('  ').slice(0, columns - 1)
}

/** The numbers of an epoch that fit the terminal; all of them where there is none. */
export function epochLine(
  { epoch, epochs, step, train, validation, seconds }: EpochEvent,
  speed: number,
  { paint, terminal }: Pick<Output, 'paint' | 'terminal'>,
): string {
  const scores = (of: string, { loss, accuracy }: { loss: number; accuracy?: number }, drop = 0): Part[] => [
    { text: `${of}loss ${loss.toFixed(4)}` },
    ...(accuracy === undefined ? [] : [{ text: `accuracy ${accuracy.toFixed(4)}`, drop }]),
  ]
  const parts: Part[] = [
    { text: `epoch ${counter(epoch, epochs)}`, style: 'bold' },
    { text: `step ${step}`, drop: 4 },
    ...scores('', train, 1),
    ...(validation ? scores('test ', validation).map((part): Part => ({ ...part, style: 'cyan' })) : []),
    { text: `${showCount(speed)} images/s`, drop: 5, style: 'dim' },
    { text: `${seconds.toFixed(1)}s`, drop: 3, style: 'dim' },
    { text: `peak ${showBytes(peakMemory())}`, drop: 6, style: 'dim' },
  ]
  return fitting(parts, terminal.live ? terminal.columns - 1 : Number.POSITIVE_INFINITY)
    .map(({ text, style }) => (style ? paint(style, text) : text))
    .join('  ')
}
