/** Tables of numbers as squares in a drawing: to look at, to choose from, or to change (drag sideways, type a digit). */
import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { useBench } from './bench.ts'
import { draggable, tidy } from './drag.ts'
import { show } from './format.ts'
import type { MatrixField } from './schema.ts'

export type Rows = readonly (readonly number[])[]

interface CellsProps {
  readonly values: Rows
  /** What a screen reader calls it. */
  readonly label: string
  readonly x?: number
  readonly y?: number
  readonly size?: number
  /** The matrix of the state that these numbers are; they can then be changed. */
  readonly k?: string
  /** Chooses a cell by pointer, focus or arrow keys. */
  readonly onPick?: (row: number, column: number) => void
  /** What a click, Enter or the space bar does. */
  readonly onPress?: (row: number, column: number) => void
  readonly q?: (row: number, column: number) => string | undefined
  /** Further classes of a cell. */
  readonly kind?: (row: number, column: number) => string
  /** A dot in the corner, or the whole cell hatched. */
  readonly mark?: (row: number, column: number) => 'dot' | 'hatch' | undefined
  readonly text?: (value: number, row: number, column: number) => string
  /** The value whose colour is full; the largest when not given. */
  readonly reach?: number
  readonly children?: ComponentChildren
}

/** A grid as ARIA has it: one stop of the Tab key, arrow keys go from cell to cell. */
export function Cells(props: CellsProps) {
  const {
    values,
    label,
    x = 0,
    y = 0,
    size = 36,
    k,
    onPick,
    onPress,
    q,
    kind,
    mark,
    text = v => show(v, 3),
    children,
  } = props
  const bench = useBench()
  const [focus, setFocus] = useState<readonly [number, number]>([0, 0])
  const group = useRef<SVGGElement>(null)
  const field = k === undefined ? undefined : (bench.schema[k] as unknown as MatrixField)
  const editable = field !== undefined && !bench.isLocked(k!)
  const active = editable || onPick !== undefined
  const reach = props.reach ?? Math.max(1e-12, ...values.flat().map(Math.abs).filter(Number.isFinite))
  const height = values.length
  const width = values[0]?.length ?? 0
  const here: readonly [number, number] = [Math.min(focus[0], height - 1), Math.min(focus[1], width - 1)]

  const set = (r: number, c: number, value: number): void => {
    const all = bench.state.peek()[k!] as Rows
    bench.set({ [k!]: all.with(r, all[r]!.with(c, tidy(value, field!))) })
  }
  const minus = useRef(false)
  const onKey = (event: KeyboardEvent, r: number, c: number): void => {
    const move: Record<string, readonly [number, number]> = {
      ArrowUp: [r - 1, c],
      ArrowDown: [r + 1, c],
      ArrowLeft: [r, c - 1],
      ArrowRight: [r, c + 1],
      Home: [r, 0],
      End: [r, width - 1],
    }
    const to = move[event.key]
    if (to) {
      event.preventDefault()
      const row = Math.min(height - 1, Math.max(0, to[0]))
      const column = Math.min(width - 1, Math.max(0, to[1]))
      setFocus([row, column])
      group.current?.querySelector<SVGElement>(`[data-cell="${row},${column}"]`)?.focus()
      return
    }
    const press = onPress ?? onPick
    if ((event.key === 'Enter' || event.key === ' ') && press) {
      event.preventDefault()
      press(r, c)
      return
    }
    if (!editable) return
    const value = values[r]![c]!
    const step = event.key === '+' || event.key === 'PageUp' ? 1 : event.key === 'PageDown' ? -1 : 0
    if (event.key === '-') minus.current = !minus.current
    else if (/^[0-9]$/.test(event.key)) {
      set(r, c, (minus.current ? -1 : 1) * Number(event.key))
      minus.current = false
    } else if (step !== 0) set(r, c, value + step * field.step)
    else return
    event.preventDefault()
  }
  const before = useRef(0)
  return (
    <g
      ref={group}
      class={`cells ${active ? 'active' : ''}`}
      role="grid"
      aria-label={editable ? `${label}; type a digit, minus first for a negative number` : label}
      transform={`translate(${x} ${y})`}
    >
      {values.map((row, r) => (
        <g role="row" key={r}>
          {row.map((value, c) => (
            <g
              key={c}
              role="gridcell"
              data-cell={`${r},${c}`}
              data-value={String(value)}
              data-q={q?.(r, c)}
              aria-label={`row ${r + 1}, column ${c + 1}: ${show(value)}`}
              tabindex={active ? (r === here[0] && c === here[1] ? 0 : -1) : undefined}
              class={`cell ${value < 0 ? 'minus' : value > 0 ? 'plus' : 'zero'} ${kind?.(r, c) ?? ''}`}
              onFocus={
                active
                  ? () => {
                      setFocus([r, c])
                      minus.current = false
                      onPick?.(r, c)
                    }
                  : undefined // a browser lets Tab stop wherever focus is listened for
              }
              onPointerEnter={event => {
                if (onPick && event.pointerType === 'mouse' && event.buttons === 0) onPick(r, c)
              }}
              onKeyDown={event => onKey(event, r, c)}
              {...(editable
                ? draggable({
                    start: () => {
                      before.current = value
                    },
                    move: (dx, _, event) => {
                      event.preventDefault()
                      set(r, c, before.current + Math.round(dx / 12) * field.step)
                    },
                    end: moved => {
                      if (!moved) onPress?.(r, c)
                    },
                  })
                : active
                  ? { onClick: () => onPick!(r, c) }
                  : {})}
            >
              <rect class="ground" x={c * size} y={r * size} width={size} height={size} />
              <rect
                class="tint"
                x={c * size}
                y={r * size}
                width={size}
                height={size}
                fill-opacity={0.32 * Math.min(1, Math.abs(value) / reach) || 0}
              />
              <Mark kind={mark?.(r, c)} x={c * size} y={r * size} size={size} />
              <text
                x={(c + 0.5) * size}
                y={(r + 0.5) * size}
                text-anchor="middle"
                dominant-baseline="central"
                class={size < 30 ? 'small' : ''}
              >
                {text(value, r, c)}
              </text>
            </g>
          ))}
        </g>
      ))}
      {children}
    </g>
  )
}

function Mark(props: {
  readonly kind: 'dot' | 'hatch' | undefined
  readonly x: number
  readonly y: number
  readonly size: number
}) {
  const { kind, x, y, size } = props
  if (kind === 'dot') return <circle class="mark" cx={x + 6} cy={y + 6} r={2.5} />
  if (kind !== 'hatch') return null
  const lines = [0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75].map(t => {
    const [a, b] = [Math.min(1, t), Math.max(0, t - 1)]
    return `M${x + a * size} ${y + b * size}L${x + b * size} ${y + a * size}`
  })
  return <path class="mark" d={lines.join('')} />
}

/** A frame around some cells. */
export function Window(props: {
  readonly x: number
  readonly y: number
  readonly rows: number
  readonly columns: number
  readonly size?: number
  readonly kind?: string
}) {
  const { x, y, rows, columns, size = 36, kind = '' } = props
  return <rect class={`window ${kind}`} x={x} y={y} width={columns * size} height={rows * size} rx={3} />
}

/** A matrix with as many rows and columns as asked for: what is there stays, the rest repeats it. */
export const resized = (rows: Rows, height: number, width: number): Rows =>
  Array.from({ length: height }, (_, r) =>
    Array.from({ length: width }, (_, c) => rows[r % rows.length]![c % rows[0]!.length]!),
  )

/** How many rows (or columns) a matrix of the state has, as a slider. */
export function SizeSlider(props: {
  readonly k: string
  readonly axis: 'rows' | 'columns' | 'both'
  readonly min: number
  readonly max: number
  readonly title: string
}) {
  const { k, axis, min, max, title } = props
  const bench = useBench()
  if (bench.isHidden(k)) return null
  const rows = bench.state.value[k] as Rows
  const now = axis === 'columns' ? rows[0]!.length : rows.length
  return (
    <p class="control">
      <label>
        {title}{' '}
        <input
          type="range"
          min={min}
          max={max}
          step={1}
          value={now}
          disabled={bench.isLocked(k)}
          onInput={event => {
            const n = event.currentTarget.valueAsNumber
            const height = axis === 'columns' ? rows.length : n
            const width = axis === 'rows' ? rows[0]!.length : n
            bench.set({ [k]: resized(rows, height, width) })
          }}
        />
      </label>
      <b>{now}</b>
    </p>
  )
}
