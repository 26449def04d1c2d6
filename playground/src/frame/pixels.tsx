/** A table of numbers as a picture: grey from dark to bright, or blue and orange for signs. */
import type { ComponentChildren } from 'preact'
import { useLayoutEffect, useRef } from 'preact/hooks'

interface PixelsProps {
  /** Row after row. */
  readonly values: ArrayLike<number>
  readonly width: number
  readonly height: number
  /** The values shown black and white; with `signed` only the larger magnitude of the two counts. */
  readonly low?: number
  readonly high?: number
  readonly signed?: boolean
  /** Gradients have colours of their own. */
  readonly tone?: 'value' | 'gradient'
  readonly label: string
  readonly q?: string
}
/** Where colours are full: the furthest value from zero, or 1 where all are zero. */
export const reachOf = (values: ArrayLike<number>): number => {
  let reach = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i])) reach = Math.max(reach, Math.abs(values[i]!))
  return reach || 1
}
const colours = {
  value: { plus: [30, 110, 220], minus: [224, 110, 10] },
  gradient: { plus: [156, 19, 136], minus: [20, 120, 80] },
} as const

export function Pixels({
  values,
  width,
  height,
  low = 0,
  high = 1,
  signed = false,
  tone = 'value',
  label,
  q,
}: PixelsProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const image = context.createImageData(width, height)
    const reach = Math.max(Math.abs(low), Math.abs(high)) || 1
    for (let i = 0; i < width * height; i++) {
      const v = values[i]!
      if (signed) {
        const t = Math.min(1, Math.abs(v) / reach)
        const colour = v < 0 ? colours[tone].minus : colours[tone].plus
        for (let k = 0; k < 3; k++) image.data[4 * i + k] = 245 + t * (colour[k]! - 245)
      } else {
        const t = Math.min(1, Math.max(0, (v - low) / (high - low || 1)))
        image.data.fill(255 * t, 4 * i, 4 * i + 3)
      }
      image.data[4 * i + 3] = 255
    }
    context.putImageData(image, 0, 0)
  }, [values, width, height, low, high, signed, tone])
  return <canvas ref={canvas} class="pixels" width={width} height={height} role="img" aria-label={label} data-q={q} />
}

interface PickProps {
  readonly rows: number
  readonly columns: number
  readonly row: number
  readonly column: number
  readonly label: string
  readonly valueText: string
  readonly onPick: (row: number, column: number) => void
  /** How much around the chosen pixel is framed: rows and columns before, and in all. */
  readonly around?: { readonly before: number; readonly size: number }
  readonly children: ComponentChildren
}
/** A picture on which one pixel is chosen: by pointer, or with arrow keys. */
export function PixelPicker(props: PickProps) {
  const { rows, columns, row, column, label, valueText, onPick, around = { before: 0, size: 1 }, children } = props
  const pick = (event: { clientX: number; clientY: number; currentTarget: Element }): void => {
    const box = event.currentTarget.getBoundingClientRect()
    const at = (part: number, n: number): number => Math.min(n - 1, Math.max(0, Math.floor(part * n)))
    onPick(at((event.clientY - box.top) / box.height, rows), at((event.clientX - box.left) / box.width, columns))
  }
  return (
    <div
      class="pixel-picker"
      role="slider"
      tabIndex={0}
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={rows * columns - 1}
      aria-valuenow={row * columns + column}
      aria-valuetext={valueText}
      onPointerMove={event => {
        if (event.pointerType === 'mouse') pick(event)
      }}
      onClick={pick}
      onKeyDown={event => {
        const by: Record<string, readonly [number, number]> = {
          ArrowUp: [-1, 0],
          ArrowDown: [1, 0],
          ArrowLeft: [0, -1],
          ArrowRight: [0, 1],
        }
        const move = by[event.key]
        if (!move) return
        event.preventDefault()
        const size = event.shiftKey ? 5 : 1
        const inside = (v: number, n: number): number => Math.min(n - 1, Math.max(0, v))
        onPick(inside(row + size * move[0], rows), inside(column + size * move[1], columns))
      }}
    >
      {children}
      <span
        class="picked"
        style={{
          left: `${(100 * (column - around.before)) / columns}%`,
          top: `${(100 * (row - around.before)) / rows}%`,
          width: `${(100 * around.size) / columns}%`,
          height: `${(100 * around.size) / rows}%`,
        }}
      />
    </div>
  )
}
