/**
 * Runs printed kernels for tests: one C program for many of them, which reads all buffers, runs every kernel and writes the buffers
 * back. Around each buffer is slack of NaN, and scratch memory begins as NaN, so that what is read or written wrongly shows.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TypedArray } from '../../graph/dtype.ts'
import { prelude } from './prelude.ts'
import { File, type PrintedKernel, type Printer, type Target } from './printer.ts'

export const compiler = ['gcc', 'clang', 'cc'].find(cc => spawnSync(cc, ['--version']).status === 0)

/** What the processor can run of each width; wider vectors than it has are taken apart by the compiler. */
export function machineFlags(lanes: number): string[] {
  return lanes === 4 && process.arch === 'x64' ? [] : ['-march=native']
}

export interface Job {
  readonly print: (p: Printer) => PrintedKernel
  readonly buffers: readonly TypedArray[]
}
export interface Result {
  readonly buffers: TypedArray[]
  readonly notes: readonly string[]
}

const slack = 512
const hole = 0x7fc00123

export function runInC(target: Target, jobs: readonly Job[]): Result[] {
  if (!compiler) throw new Error('no C compiler')
  const file = new File(target)
  const kernels = jobs.map(job => job.print(file))
  let top = slack
  const places = jobs.map(job =>
    job.buffers.map(b => {
      const place = top
      top += ((4 * b.length + 63) & ~63) + slack
      return place
    }),
  )
  const scratchBytes = Math.max(0, ...kernels.map(k => k.scratchBytes))
  const memory = new Int32Array(top / 4).fill(hole)
  const view = (b: TypedArray, place: number): TypedArray =>
    b instanceof Float32Array
      ? new Float32Array(memory.buffer, place, b.length)
      : new Int32Array(memory.buffer, place, b.length)
  jobs.forEach((job, j) => {
    job.buffers.forEach((b, i) => {
      view(b, places[j]![i]!).set(b)
    })
  })
  const folder = mkdtempSync(join(tmpdir(), 'chainrule-test-'))
  try {
    const [source, program, data] = ['kernels.c', 'kernels', 'data'].map(name => join(folder, name)) as [
      string,
      string,
      string,
    ]
    const calls = kernels.map(
      (k, j) =>
        `{ char* b[] = {${places[j]!.map(x => `m + ${x}L`).join(', ')}}; run(${k.name}, b, ${k.scratchBytes}L); }`,
    )
    writeFileSync(
      source,
      `#include <stdio.h>
#include <stdlib.h>
${prelude(target)}
${file.text()}
static char* scratch;
static void run(void kernel(char* const*, char*), char* const* buffers, long bytes) {
  int* words = (int*)scratch;
  for (long i = 0; i < ${scratchBytes / 4 + 64}; i++) words[i] = ${hole};
  kernel(buffers, scratch);
  for (long i = (bytes + 3) / 4; i < ${scratchBytes / 4 + 64}; i++) if (words[i] != ${hole}) exit(3);
}
int main(int n, char** names) {
  char* m = aligned_alloc(4096, ${(top + 4095) & ~4095}L);
  scratch = aligned_alloc(4096, ${(scratchBytes + 4096 + 4095) & ~4095}L);
  FILE* f = fopen(names[1], "rb");
  if (fread(m, 1, ${top}L, f) != ${top}L) return 1;
  fclose(f);
  ${calls.join('\n  ')}
  f = fopen(names[1], "wb");
  return fwrite(m, 1, ${top}L, f) != ${top}L;
}
`,
    )
    writeFileSync(data, memory)
    const contract = `-ffp-contract=${target.fma ? 'fast' : 'off'}`
    const flags = [
      '-O1',
      ...machineFlags(target.lanes),
      contract,
      '-fno-math-errno',
      '-fno-trapping-math',
      '-Wno-psabi',
    ]
    execFileSync(compiler, [...flags, source, '-o', program, '-lm'], { stdio: ['ignore', 'ignore', 'pipe'] })
    const { status, signal } = spawnSync(program, [data])
    if (status !== 0)
      throw new Error(status === 3 ? 'wrote outside of scratch memory' : `ended with ${status ?? signal}`)
    memory.set(new Int32Array(readFileSync(data).buffer.slice(0, top)))
  } finally {
    rmSync(folder, { recursive: true })
  }
  const results = jobs.map((job, j) => ({
    buffers: job.buffers.map((b, i) => view(b, places[j]![i]!).slice()),
    notes: kernels[j]!.notes,
  }))
  jobs.forEach((job, j) => {
    job.buffers.forEach((b, i) => {
      memory.fill(hole, places[j]![i]! / 4, places[j]![i]! / 4 + b.length)
    })
  })
  const wrong = memory.findIndex(word => word !== hole)
  if (wrong >= 0) throw new Error(`wrote outside of the buffers, at ${4 * wrong}; they are at ${places}`)
  return results
}
