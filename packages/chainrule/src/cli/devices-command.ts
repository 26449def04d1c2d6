/** `chainrule devices`: which devices there are here, and why not. */
import type { Command } from 'commander'
import { type NativeDevice, nativeDevice } from '../device/native/device.ts'
import { wasmDevice } from '../device/wasm/device.ts'
import { threadsOf } from '../device/wasm/report.ts'
import { DeviceError } from '../errors.ts'
import { useFusedMultiplyAdd } from './engine.ts'
import { output } from './output.ts'
import { table } from './table.ts'
import { showBytes, showCount } from './terminal.ts'

/** A device, or why there is none. */
function attempt<D>(create: () => D): D | string {
  try {
    return create()
  } catch (error) {
    if (!(error instanceof DeviceError)) throw error
    return error.message.replace(/^\w+: /, '')
  }
}

function ofNative({ toolchain, threads, cache }: NativeDevice): string[][] {
  const { objects, bytes } = cache.size
  return [
    ['compiler', `${toolchain.version}, ${toolchain.command}`],
    ['vectors', `${toolchain.target.lanes} lanes${toolchain.target.fma ? ', multiply-add' : ''}`],
    ['threads', `${threads}`],
    [
      'cache',
      `${cache.folder}${cache.isPrivate ? ' (for this process only)' : ''}: ${showCount(objects)} objects, ${showBytes(bytes)}`,
    ],
  ]
}

export function devicesCommand(program: Command): void {
  program
    .command('devices')
    .description('list the devices that can compute here, and why others cannot')
    .action(() => {
      const { line, paint } = output()
      const instructions = useFusedMultiplyAdd()
      const wasm = attempt(wasmDevice)
      const native = attempt(() => nativeDevice({ say: text => process.stderr.write(`${text}\n`) }))
      const there = (device: unknown): string[] => (typeof device === 'string' ? ['no', device] : ['yes', ''])
      const about = <D>(device: D | string, facts: (device: D) => string[][]): string[][] =>
        typeof device === 'string' ? [] : facts(device).map(([name, value]) => ['', name!, value!])
      const rows = [
        ['device', 'there', ''],
        ['native', ...there(native)],
        ...about(native, ofNative),
        ['wasm', ...there(wasm)],
        ...about(wasm, ({ crew }) => [
          ['vectors', `4 lanes, ${instructions}`],
          ['threads', threadsOf(crew)],
        ]),
        ['js', 'yes', 'the slow reference, in float64'],
      ]
      table(rows, 'lll').forEach((row, i) => void line(i === 0 ? paint('dim', row) : row))
      line()
      line(`auto is ${typeof native === 'string' ? 'wasm' : 'native'}`)
      const wanted = process.env.CHAINRULE_DEVICE
      line(`used unless told otherwise: ${wanted ? `${wanted} (CHAINRULE_DEVICE)` : 'wasm'}`)
    })
}
