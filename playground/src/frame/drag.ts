/** Dragging with a pointer and stepping with arrow keys, for whatever is a slider. */
import type { TargetedPointerEvent } from 'preact'
import type { Limits } from './schema.ts'

/** Shift is ten times as coarse, Alt ten times as fine; Home, End and the page keys as in every slider. */
export function stepped(
  event: KeyboardEvent,
  value: number,
  { min, max, step }: Limits,
  x = true,
  y = true,
): number | undefined {
  const size = event.shiftKey ? 10 * step : event.altKey ? step / 10 : step
  const by: Record<string, number | undefined> = {
    ...(x && { ArrowRight: size, ArrowLeft: -size }),
    ...(y && { ArrowUp: size, ArrowDown: -size }),
    PageUp: 10 * step,
    PageDown: -10 * step,
    Home: min - value,
    End: max - value,
  }
  const change = by[event.key]
  return change === undefined ? undefined : tidy(value + change, { min, max, step })
}
/** Within the limits, without the dust of binary fractions. */
export const tidy = (value: number, { min, max }: Limits): number =>
  Number(Math.min(max, Math.max(min, value)).toPrecision(9))

export interface DragOptions {
  /** Called with how far the pointer is from where it went down, in CSS pixels, and the event. */
  move(dx: number, dy: number, event: PointerEvent): void
  start?(event: PointerEvent): void
  end?(moved: boolean): void
}
/** Handlers for an element that can be dragged; the page does not scroll meanwhile. */
export function draggable({ move, start, end }: DragOptions): {
  onPointerDown(event: TargetedPointerEvent<Element>): void
} {
  return {
    onPointerDown(event: TargetedPointerEvent<Element>) {
      if (event.button !== 0) return
      const target = event.currentTarget
      const from = { x: event.clientX, y: event.clientY }
      let moved = false
      start?.(event)
      const onMove = (e: Event): void => {
        const { clientX, clientY } = e as PointerEvent
        moved ||= Math.hypot(clientX - from.x, clientY - from.y) > 3
        if (moved) move(clientX - from.x, clientY - from.y, e as PointerEvent)
      }
      const stop = (): void => {
        target.removeEventListener('pointermove', onMove)
        target.removeEventListener('pointerup', stop)
        target.removeEventListener('pointercancel', stop)
        end?.(moved)
      }
      target.setPointerCapture(event.pointerId)
      target.addEventListener('pointermove', onMove)
      target.addEventListener('pointerup', stop)
      target.addEventListener('pointercancel', stop)
    },
  }
}
/** Where a pointer is in the coordinates of an SVG. */
export function inSvg(event: PointerEvent, element: SVGGraphicsElement): { x: number; y: number } {
  const svg = element.ownerSVGElement ?? (element as unknown as SVGSVGElement)
  const point = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM()!.inverse())
  return { x: point.x, y: point.y }
}
