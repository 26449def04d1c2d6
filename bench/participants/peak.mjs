/** Not a peer but the wall of native code: a loop of multiply-adds in the widest registers, compiled by the system's compiler. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { serve } from './serve.mjs'

const source = `
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#if defined(__AVX512F__)
#define LANES 16
#define REGISTER "v"
#elif defined(__AVX__)
#define LANES 8
#define REGISTER "x"
#elif defined(__x86_64__)
#define LANES 4
#define REGISTER "x"
#else
#define LANES 4
#define REGISTER "w"
#endif
typedef float V __attribute__((vector_size(4 * LANES)));
int main(int argc, char** argv) {
  long turns = atof(argv[1]) / (2.0 * 12 * LANES);
  V x = (V){} + 0.5f, y = (V){} + 0.25f, a[12];
  for (int j = 0; j < 12; j++) a[j] = (V){} + 0.01f * (j + argc);
  double best = 1e9;
  for (int round = 0; round < 7; round++) {
    struct timespec s, e;
    clock_gettime(CLOCK_MONOTONIC, &s);
    for (long i = 0; i < turns; i++) {
      for (int j = 0; j < 12; j++) a[j] = a[j] * x + y;
      __asm__ volatile("" : "+" REGISTER(x), "+" REGISTER(y)); // not known to be the same in each turn
    }
    clock_gettime(CLOCK_MONOTONIC, &e);
    double t = 1e3 * (e.tv_sec - s.tv_sec) + 1e-6 * (e.tv_nsec - s.tv_nsec);
    if (t < best) best = t;
  }
  float sum = 0;
  for (int j = 0; j < 12; j++) sum += a[j][0];
  printf("%.6f %f\\n", best, sum);
  return 0;
}`

await serve(({ flops }) => {
  const folder = mkdtempSync(join(tmpdir(), 'peak-'))
  try {
    const file = join(folder, 'peak.c')
    writeFileSync(file, source)
    const program = join(folder, 'peak')
    execFileSync(process.env.CC ?? 'cc', ['-O3', '-march=native', '-ffp-contract=fast', file, '-o', program])
    const [best] = execFileSync(program, [`${flops}`], { encoding: 'utf8' }).split(' ')
    return { best: Number(best), check: [0] }
  } finally {
    rmSync(folder, { recursive: true })
  }
})
