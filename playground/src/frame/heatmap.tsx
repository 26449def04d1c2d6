/** A function of two variables as colours: blue above the middle, orange below, stronger the further away. */
import { useLayoutEffect, useRef } from 'preact/hooks'

interface HeatmapProps {
  /** Row after row, the lowest y first; `n` in each row and as many rows. */
  readonly values: ArrayLike<number>
  readonly n: number
  /** The value without colour, and how far from it the colour is full. */
  readonly middle?: number
  readonly reach?: number
  /** Sharp cells instead of a smooth picture. */
  readonly cells?: boolean
}
const blue = [30, 110, 220] as const
const orange = [224, 120, 20] as const

export function Heatmap({ values, n, middle = 0, reach = 1, cells = false }: HeatmapProps) {
  const canvas = useRef<HTMLCanvasElement>(null)
  useLayoutEffect(() => {
    const context = canvas.current!.getContext('2d')!
    const image = context.createImageData(n, n)
    for (let row = 0; row < n; row++)
      for (let column = 0; column < n; column++) {
        const v = (values[(n - 1 - row) * n + column]! - middle) / reach
        const strength = Number.isFinite(v) ? Math.min(1, Math.abs(v)) : 0
        image.data.set([...(v < 0 ? orange : blue), 165 * strength], 4 * (row * n + column))
      }
    context.putImageData(image, 0, 0)
  }, [values, n, middle, reach])
  return <canvas ref={canvas} class={cells ? 'heatmap cells' : 'heatmap'} width={n} height={n} aria-hidden="true" />
}
