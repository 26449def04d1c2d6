import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OutOfMemoryError } from '../../errors.ts'
import { LINE } from '../arena.ts'
import { Heap } from './memory.ts'

describe('Heap', () => {
  it('gives aligned blocks that never overlap, and takes them all back', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.integer({ min: 0, max: 300_000 }), fc.constant('free' as const))), steps => {
        const heap = new Heap()
        const blocks: { at: number; bytes: number }[] = []
        for (const [i, step] of steps.entries()) {
          if (step === 'free') {
            const [gone] = blocks.splice((i * 7) % Math.max(1, blocks.length), 1)
            if (gone) heap.release(gone.at)
            continue
          }
          const block = { at: heap.allocate(step, 'a test'), bytes: step }
          expect(block.at % LINE).toBe(0)
          expect(block.at).toBeGreaterThan(0)
          expect(block.at + block.bytes + LINE).toBeLessThanOrEqual(heap.capacity)
          for (const other of blocks)
            expect(block.at + block.bytes <= other.at || other.at + other.bytes <= block.at).toBe(true)
          blocks.push(block)
        }
        for (const block of blocks) heap.release(block.at)
        expect(heap.usedBytes).toBe(0)
        // one free block again: nearly everything fits without growth
        const { capacity } = heap
        heap.allocate(capacity - 2 * LINE, 'a test')
        expect(heap.capacity).toBe(capacity)
      }),
      { numRuns: 50 },
    )
  })
  it('keeps contents when it grows', () => {
    const heap = new Heap()
    const at = heap.allocate(12, 'a test')
    heap.write(at, Float32Array.of(1, 2, 3), 'float32')
    heap.allocate(heap.capacity * 3, 'a test')
    expect([...heap.read(at, 3, 'float32')]).toEqual([1, 2, 3])
  })
  it('widens bool to four bytes and narrows it again', () => {
    const heap = new Heap()
    const at = heap.allocate(12, 'a test')
    heap.write(at, Uint8Array.of(1, 0, 1), 'bool')
    expect([...heap.view(at, 3, 'int32')]).toEqual([1, 0, 1])
    expect(heap.read(at, 3, 'bool')).toEqual(Uint8Array.of(1, 0, 1))
  })
  it('says what it cannot have', () => {
    const heap = new Heap(2 ** 21)
    heap.allocate(1000, 'a test')
    expect(() => heap.allocate(3 * 2 ** 20, 'a plan')).toThrow(OutOfMemoryError)
    expect(() => heap.allocate(3 * 2 ** 20, 'a plan')).toThrow(/3\.0 MB for a plan: 0\.0 MB of at most 2\.0 MB/)
    heap.allocate(2 ** 20, 'a test') // still usable
  })
})
