/** Paper and pen: draws with a pointer, or with the keyboard (arrow keys move the pen, space lowers and lifts it). */
import { useLayoutEffect, useRef, useState } from 'preact/hooks'
import { useBench } from './bench.ts'
import { type Drawing, type DrawingField, packDrawing, stroke, unpackDrawing } from './drawing.ts'

interface DrawPadProps {
  /** The drawing of the state. */
  readonly k: string
  readonly pen?: number
  /** Called before the first stroke. */
  readonly onStart?: () => object
}
export function DrawPad({ k, pen = 1.1, onStart }: DrawPadProps) {
  const bench = useBench()
  const { side, title } = bench.schema[k] as unknown as DrawingField
  const canvas = useRef<HTMLCanvasElement>(null)
  const written = bench.state.value[k] as string
  const [down, setDown] = useState(false)
  const [at, setAt] = useState<readonly [number, number]>([side / 2, side / 2])
  const locked = bench.isLocked(k)
  const now = (): Drawing => unpackDrawing(bench.state.peek()[k] as string, side)
  const draw = (x: number, y: number, erase: boolean): void =>
    bench.set({ ...onStart?.(), [k]: packDrawing(stroke(now(), side, x, y, erase ? 2 : pen, erase)) })

  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const image = context.createImageData(side, side)
    unpackDrawing(written, side).forEach((v, i) => {
      image.data.set([85 * v, 85 * v, 85 * v, 255], 4 * i)
    })
    context.putImageData(image, 0, 0)
  }, [written, side])

  const place = (event: PointerEvent): readonly [number, number] => {
    const box = canvas.current!.getBoundingClientRect()
    return [((event.clientX - box.left) / box.width) * side, ((event.clientY - box.top) / box.height) * side]
  }
  const last = useRef<readonly [number, number] | undefined>(undefined)
  return (
    <div class="draw-pad">
      <div
        class="paper"
        role="application"
        tabIndex={0}
        aria-label={`${title}: draw with a pointer; arrow keys move the pen, space lowers and lifts it, Delete clears`}
        aria-roledescription="drawing pad"
        onPointerDown={event => {
          if (locked || event.button > 0) return
          event.currentTarget.setPointerCapture(event.pointerId)
          last.current = place(event)
          draw(...last.current, event.shiftKey)
        }}
        onPointerMove={event => {
          if (!last.current) return
          const to = place(event)
          const from = last.current
          const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1])))
          let pixels = now()
          for (let i = 1; i <= steps; i++) {
            const t = i / steps
            const [x, y] = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])]
            pixels = stroke(pixels, side, x, y, event.shiftKey ? 2 : pen, event.shiftKey)
          }
          last.current = to
          bench.set({ [k]: packDrawing(pixels) })
        }}
        onPointerUp={() => {
          last.current = undefined
        }}
        onPointerCancel={() => {
          last.current = undefined
        }}
        onKeyDown={event => {
          if (locked) return
          const by: Record<string, readonly [number, number]> = {
            ArrowUp: [0, -1],
            ArrowDown: [0, 1],
            ArrowLeft: [-1, 0],
            ArrowRight: [1, 0],
          }
          const move = by[event.key]
          if (move) {
            const to = [0, 1].map(i => Math.min(side - 0.5, Math.max(0.5, at[i]! + move[i]!))) as [number, number]
            setAt(to)
            if (down) draw(...to, event.shiftKey)
          } else if (event.key === ' ') {
            setDown(!down)
            bench.say(down ? 'pen lifted' : 'pen lowered')
            if (!down) draw(...at, false)
          } else if (event.key === 'Delete') bench.set({ [k]: '' })
          else return
          event.preventDefault()
        }}
      >
        <canvas ref={canvas} class="pixels" width={side} height={side} />
        <span
          class={down ? 'pen down' : 'pen'}
          style={{ left: `${(100 * at[0]) / side}%`, top: `${(100 * at[1]) / side}%` }}
        />
      </div>
      <button type="button" disabled={locked || written === ''} onClick={() => bench.set({ [k]: '' })}>
        clear
      </button>
    </div>
  )
}
