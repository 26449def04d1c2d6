/**
 * Contractions: matrix products, convolutions and their gradients. Every strategy that can compute a kernel says how many cycles it
 * would take; the quickest is printed.
 */
import { type Contraction, normalize, withoutFixedTaps } from '../../compile/contraction.ts'
import type { ContractKernel, Instruction, LoopKernel } from '../../compile/kernel.ts'
import { finishOf, fitsRegisters, rawKernel } from '../../compile/two-passes.ts'
import { DeviceError } from '../../errors.ts'
import { planColumns, printColumns } from './columns.ts'
import { planConvolution, printConvolution } from './convolution.ts'
import { planDirect, printDirect } from './direct-convolution.ts'
import { planDot, printDot } from './dot-product.ts'
import { kernelFunction, otherTiles, planGemm, printGemm } from './gemm.ts'
import type { TileSize } from './micro-kernel.ts'
import type { PrintedKernel, Printer, Target } from './printer.ts'
import { planGradient, printGradient } from './weight-gradient.ts'
import { planWinograd, printWinograd } from './winograd.ts'
import { planWinogradGradient, printWinogradGradient } from './winograd-gradient.ts'

/** Strategies that the model finds so many times slower than the quickest are not to be chosen from. */
const hopeless = 4

/** How the device prints loop kernels; epilogues that do not fit registers become one. */
export type PrintLoop = (p: Printer, kernel: LoopKernel) => PrintedKernel

interface Plan {
  readonly cycles: number
  readonly tile?: TileSize
}
interface Rule<P extends Plan> {
  plan(c: Contraction, target: Target): P | undefined
  print(p: Printer, plan: P): PrintedKernel
  /** Plans that the model finds about as quick. */
  others(plan: P, target: Target): readonly P[]
}
const rule = <P extends Plan>(
  plan: Rule<P>['plan'],
  print: Rule<P>['print'],
  others: Rule<P>['others'] = () => [],
): Rule<Plan> => ({
  plan,
  print: (p, x) => print(p, x as P),
  others: (x, target) => others(x as P, target),
})

/** The ways to compute a contraction, each in a file of its own; of equally quick ones the first is taken. `columns` can do all. */
const strategies = {
  gemm: rule(planGemm, printGemm, otherTiles),
  direct: rule(planDirect, printDirect),
  convolution: rule(planConvolution, printConvolution),
  gradient: rule(planGradient, printGradient),
  winograd: rule(planWinograd, printWinograd),
  'winograd gradient': rule(planWinogradGradient, printWinogradGradient),
  dot: rule(planDot, printDot),
  columns: rule(planColumns, printColumns),
} as const
export type Strategy = keyof typeof strategies
export const strategyNames = Object.keys(strategies) as readonly Strategy[]

/** What each strategy that can compute the contraction would take, quickest first. */
function plansOf(c: Contraction, target: Target): { strategy: Strategy; plan: Plan }[] {
  const plans = strategyNames.flatMap(strategy => {
    const plan = strategies[strategy].plan(c, target)
    return plan ? [{ strategy, plan }] : []
  })
  return plans.toSorted((x, y) => x.plan.cycles - y.plan.cycles)
}

/** Which way a kernel is computed. */
export const strategyOf = (kernel: ContractKernel, target: Target): Strategy =>
  plansOf(normalize(withoutFixedTaps(kernel)), target)[0]!.strategy

/**
 * Code for a contraction of float32 or int32. `forced` are the strategies to choose from, for tests; those that cannot compute the
 * kernel are passed over.
 */
export function printContract(
  p: Printer,
  original: ContractKernel,
  printLoop: PrintLoop,
  forced: readonly Strategy[] = strategyNames,
): PrintedKernel {
  if (original.dtype !== 'float32' && original.dtype !== 'int32')
    throw new DeviceError(
      'native',
      `native: ${original.name} of ${original.dtype} is not supported; use float32, or the js device`,
    )
  if (original.dims.some(d => d.role !== 'k' && d.size === 0)) return kernelFunction(p, '', 0)
  if (original.dims.some(d => d.size === 0)) {
    const zero: Instruction = { op: 'const', value: 0, dtype: original.dtype }
    return printLoop(p, finishOf(original, zero))
  }
  const kernel = withoutFixedTaps(original)
  if (!fitsRegisters(kernel)) return printInTwoPasses(p, kernel, printLoop, forced)
  const plans = plansOf(normalize(kernel), p.target)
  const allowed = plans.filter(x => forced.includes(x.strategy))
  const { cycles } = (allowed[0] ?? plans[0])!.plan
  const near = (allowed.length > 0 ? allowed : plans).filter(x => x.plan.cycles <= hopeless * cycles)
  const ways = [
    ...near.map(x => ({ ...x, name: x.strategy as string })),
    ...near.flatMap(({ strategy, plan }) =>
      strategies[strategy]
        .others(plan, p.target)
        .map(other => ({ strategy, plan: other, name: `${strategy} ${other.tile?.vectors} wide` })),
    ),
  ]
  const names = ways.map(x => x.name)
  const chosen = p.choose(kernel, names)
  const { strategy, plan, name } = ways.find(x => x.name === chosen) ?? ways[0]!
  return { ...strategies[strategy].print(p, plan), choice: { kernel, strategy: name, strategies: names } }
}

/** First the raw result to scratch memory, then the epilogue as a loop kernel. */
function printInTwoPasses(
  p: Printer,
  kernel: ContractKernel,
  printLoop: PrintLoop,
  forced: readonly Strategy[],
): PrintedKernel {
  const raw = rawKernel(kernel)
  const product = printContract(p, raw.kernel, printLoop, forced)
  const finish = printLoop(p, raw.finish)
  const given = [...kernel.buffers.map((_, i) => `buffers[${i}]`), 'scratch']
  const body = `char* const all[] = {${given.join(', ')}};
${product.name}(all, scratch + ${raw.bytes}L);
${finish.name}(all, scratch + ${raw.bytes}L);\n`
  const scratchBytes = raw.bytes + Math.max(product.scratchBytes, finish.scratchBytes)
  const whole = kernelFunction(p, body, scratchBytes, [...product.notes, ...finish.notes])
  return { ...whole, ...(product.choice && { choice: product.choice }) }
}
