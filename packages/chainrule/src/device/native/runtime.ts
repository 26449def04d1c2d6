/**
 * The C that runs plans, on the thread that asks or together with a pool of others: one shared object, and so one pool, for all
 * programs of a process.
 *
 * Every thread works off the same stages. The pieces of a stage are dealt out: to each thread a run of neighbours, so that what
 * it reads is what it wrote before. It takes its own, then those that others have not begun, then waits until all are done. A
 * thread that comes late, or never, is not missed: nobody waits for a thread, only for pieces that were begun.
 *
 * Pieces are numbered from the start of the process on, and counters only grow. A thread that still believes to be in an earlier
 * run or stage finds all pieces there taken and done, so it takes nothing.
 *
 * Who waits looks a while, then sleeps.
 */
import { range } from '../../graph/shape.ts'
import { planDeclarations, table } from './plan-format.ts'
import type { Target } from './printer.ts'
import { faultLine } from './program.ts'

/** Threads beyond the one that asks. */
export const mostWorkers = 63

/** Of the measurement of the peak: sums in flight, enough to hide the latency of each, and steps. */
const sums = 12
const turns = 20_000
const each = (code: (i: number) => string, between: string): string => range(sums).map(code).join(between)

export const runtimeSource = ({ lanes }: Target): string => `
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
${planDeclarations}
typedef unsigned long long Count;
typedef struct { _Atomic Count value; char rest[120]; } Counter;
typedef struct { const Plan* plan; char** table; int from, to, threads; Count first; } Run;

enum { most_workers = ${mostWorkers}, looks = 4000 };
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static _Atomic int sleepers, busy, stopping;
static pthread_t pool[most_workers];
static int workers;
/** The next piece of each thread's share, and how many pieces are done. */
static Counter next[most_workers + 1], done;
/** Odd while the run below is being written. */
static Counter generation;
static struct { _Atomic(const Plan*) plan; _Atomic(char**) table; _Atomic int from, to, threads; _Atomic Count first; } current;

static inline void pause_a_little(void) {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}
static void wake(void) {
  if (atomic_load(&sleepers) == 0) return;
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
}
/** Until the count is at least so high, or threads have to stop. */
static void wait_for(_Atomic Count* count, Count least) {
  for (int i = 0; i < looks; i++) {
    if (atomic_load(count) >= least) return;
    pause_a_little();
  }
  pthread_mutex_lock(&mutex);
  atomic_fetch_add(&sleepers, 1);
  while (atomic_load(count) < least && !atomic_load(&stopping)) pthread_cond_wait(&changed, &mutex);
  atomic_fetch_sub(&sleepers, 1);
  pthread_mutex_unlock(&mutex);
}

static void call_piece(const Call* call, char** table, long piece, char* scratch) {
  char* buffers[call->buffers + 1];
  for (int j = 0; j < call->buffers; j++) {
    buffers[j] = table[call->words[j]];
    if (call->moves) buffers[j] += call->moves[2 * j] + piece * call->moves[2 * j + 1];
  }
  call->kernel(buffers, scratch);
}
/** 0, or the number of the kernel that faulted plus one. */
static int run_work(const Plan* plan, const Work* work, char** table, long piece, char* scratch) {
  const int* fault = (const int*)(scratch - ${faultLine});
  for (int c = work->first; c < work->first + work->calls; c++) {
    call_piece(plan->calls + c, table, piece, scratch);
    if (*fault) return plan->calls[c].number + 1;
  }
  return 0;
}
static int run_piece(const Plan* plan, const Stage* stage, char** table, long piece, char* scratch) {
  const Work* work = plan->works + stage->first;
  for (; piece >= work->pieces; work++) piece -= work->pieces;
  return run_work(plan, work, table, piece, scratch);
}

static Count take(_Atomic Count* next, Count begin, Count end) {
  Count seen = atomic_load(next);
  for (;;) {
    const Count piece = seen < begin ? begin : seen;
    if (piece >= end) return end;
    if (atomic_compare_exchange_weak(next, &seen, piece + 1)) return piece;
  }
}
static void finish(Count end) {
  if (atomic_fetch_add(&done.value, 1) + 1 == end) wake();
}

/** The table must be there: it is while a piece is not done. */
static char* scratch_of(char** table, int t) {
  return table[${table.scratch}] + t * (long)table[${table.scratchStep}] + ${faultLine};
}
/** All stages of a run as thread number t; 0, or the number of the kernel that faulted plus one. */
static int work_off(Run run, int t) {
  Count first = run.first;
  for (int s = run.from; s < run.to; s++) {
    const Stage* stage = run.plan->stages + s;
    const Count end = first + stage->pieces;
    if (stage->pieces == 1) {
      // what nobody can help with is done by the thread that asked
      if (t == 0) {
        const int fault = run_piece(run.plan, stage, run.table, 0, scratch_of(run.table, 0));
        if (fault) return fault;
        finish(end);
      }
    } else
      for (int k = 0; k < run.threads; k++) {
        const int owner = (t + k) % run.threads;
        const Count begin = first + (Count)stage->pieces * owner / run.threads;
        const Count border = first + (Count)stage->pieces * (owner + 1) / run.threads;
        for (Count piece; (piece = take(&next[owner].value, begin, border)) < border; finish(end))
          run_piece(run.plan, stage, run.table, (long)(piece - first), scratch_of(run.table, t));
      }
    wait_for(&done.value, end);
    first = end;
    if (atomic_load(&stopping)) return 0;
  }
  return 0;
}

static void* work_forever(void* number) {
  Count seen = 0;
  while (!atomic_load(&stopping)) {
    wait_for(&generation.value, seen + 1);
    const Count now = atomic_load(&generation.value);
    if (now & 1) continue;
    const Run run = {atomic_load(&current.plan), atomic_load(&current.table), atomic_load(&current.from),
                     atomic_load(&current.to), atomic_load(&current.threads), atomic_load(&current.first)};
    if (atomic_load(&generation.value) != now) continue;
    seen = now;
    const int t = (int)(long)number;
    if (t < run.threads && run.plan) work_off(run, t);
  }
  return 0;
}

/** As many workers as wanted, or as the system gives. */
static void grow(int wanted) {
  if (wanted > most_workers) wanted = most_workers;
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  while (workers < wanted && pthread_create(&pool[workers], 0, work_forever, (void*)(long)(workers + 1)) == 0) workers++;
  pthread_sigmask(SIG_SETMASK, &before, 0);
}

static int run_alone(const Plan* plan, char** table, int from, int to) {
  char* scratch = scratch_of(table, 0);
  for (int s = from; s < to; s++)
    for (int w = 0; w < plan->stages[s].works; w++) {
      const Work* work = plan->works + plan->stages[s].first + w;
      for (int piece = 0; piece < work->pieces; piece++) {
        const int fault = run_work(plan, work, table, piece, scratch);
        if (fault) return fault;
      }
    }
  return 0;
}

/** Stages from…to − 1 on so many threads; 0, or the number of the kernel that faulted plus one. */
int chainrule_run(const Plan* plan, char** table, int from, int to, int threads) {
  memset(scratch_of(table, 0) - ${faultLine}, 0, ${faultLine});
  // somebody else in this process may have the pool
  if (threads < 2 || atomic_exchange(&busy, 1)) return run_alone(plan, table, from, to);
  grow(threads - 1);
  if (threads > workers + 1) threads = workers + 1;
  Count pieces = 0;
  for (int s = from; s < to; s++) pieces += plan->stages[s].pieces;
  for (int t = 1; t < threads; t++) memset(scratch_of(table, t) - ${faultLine}, 0, ${faultLine});
  const Run run = {plan, table, from, to, threads, atomic_load(&done.value)};
  atomic_fetch_add(&generation.value, 1);
  atomic_store(&current.plan, plan);
  atomic_store(&current.table, table);
  atomic_store(&current.from, from);
  atomic_store(&current.to, to);
  atomic_store(&current.threads, threads);
  atomic_store(&current.first, run.first);
  atomic_fetch_add(&generation.value, 1);
  wake();
  const int fault = work_off(run, 0);
  if (fault) {
    // nobody takes a piece any more
    for (int t = 0; t < threads; t++) atomic_store(&next[t].value, run.first + pieces);
    atomic_store(&done.value, run.first + pieces);
    wake();
  }
  atomic_store(&busy, 0);
  return fault;
}

/** Ends all threads; a later run starts new ones. */
void chainrule_stop(void) {
  if (atomic_exchange(&busy, 1)) return;
  atomic_store(&stopping, 1);
  pthread_mutex_lock(&mutex);
  pthread_cond_broadcast(&changed);
  pthread_mutex_unlock(&mutex);
  for (int i = 0; i < workers; i++) pthread_join(pool[i], 0);
  workers = 0;
  atomic_store(&stopping, 0);
  atomic_store(&busy, 0);
}
int chainrule_workers(void) { return workers; }

typedef float V __attribute__((vector_size(${4 * lanes})));
#if defined(__aarch64__)
#define REGISTER "+w"
#elif defined(__AVX512F__)
#define REGISTER "+v"
#else
#define REGISTER "+x"
#endif
static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + now.tv_nsec * 1e-9;
}
/** What a thread can do at most, multiply-adds in registers and nothing else: the best of some rounds, in 10^9 operations a second. */
double chainrule_peak(void) {
  double best = 1e9;
  volatile float sink;
  for (int round = 0; round < 20; round++) {
    V x = (V){} + 0.5f, y = (V){} + 0.25f;
    V ${each(i => `s${i} = {}`, ', ')};
    const double start = seconds();
    for (int turn = 0; turn < ${turns}; turn++) {
      __asm__ volatile("" : REGISTER(x), REGISTER(y));
      ${each(i => `s${i} += x * y;`, ' ')}
    }
    const double time = seconds() - start;
    if (time < best) best = time;
    const V all = ${each(i => `s${i}`, ' + ')};
    sink = all[0];
  }
  (void)sink;
  return ${2 * sums * turns * lanes} / best * 1e-9;
}
`
