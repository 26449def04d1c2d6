/** Options that several commands share, and the words for wrong ones. */
import { type Command, InvalidArgumentError, Option } from 'commander'
import type { Source } from '../data/index.ts'
import { dataSets, models } from './catalogue.ts'

export const whole =
  (least: number, most = Number.MAX_SAFE_INTEGER) =>
  (text: string): number => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least || value > most)
      throw new InvalidArgumentError(
        `It must be a whole number ${most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`}.`,
      )
    return value
  }

export function positive(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value < Infinity)) throw new InvalidArgumentError('It must be a number > 0.')
  return value
}

export interface DataOptions {
  readonly data: string
  readonly dataDir?: string
  readonly source?: Source
  readonly limit?: number
}
export const withData = (command: Command): Command =>
  command
    .addOption(new Option('-d, --data <name>', 'data set').choices(Object.keys(dataSets)).default('mnist'))
    .option(
      '--data-dir <folder>',
      'folder with the data files, or where to keep them (default: $CHAINRULE_DATA or the cache)',
    )
    .addOption(
      new Option(
        '--source <where>',
        'use only this source of the data (default: what is installed or cached, else the network)',
      ).choices(['package', 'cache', 'network']),
    )
    .option('--limit <n>', 'use at most n samples for training and n for testing', whole(1))

export interface ModelOption {
  readonly model: string
}
/** Of the whole catalogue, or only of these. */
export const withModel = (command: Command, names: readonly string[] = Object.keys(models)): Command =>
  command.addOption(new Option('-m, --model <name>', 'model').choices(names).default('lenet5'))

export interface DeviceOptions {
  readonly device: string
  readonly threads?: number
  readonly verbose?: boolean
}
export const withDevice = (command: Command): Command =>
  command
    .addOption(
      new Option(
        '--device <name>',
        'where to compute: native needs a C compiler, auto takes it where there is one, js is the slow reference',
      )
        .choices(['wasm', 'native', 'auto', 'js'])
        .env('CHAINRULE_DEVICE')
        .default('wasm'),
    )
    .option(
      '--threads <n>',
      'threads of the wasm and native devices; results are the same with any number (default: $CHAINRULE_THREADS or as many as there are cores, up to 8)',
      whole(1, 64),
    )
    .option('-v, --verbose', 'say more: where the data was found, which instructions are used')

export interface CheckpointOption {
  readonly checkpoint: string
}
export const defaultFolder = (model: string, data: string): string => `runs/${model}-${data}`
export const checkpointName = 'checkpoint.safetensors'
export const withCheckpoint = (command: Command): Command =>
  command.option(
    '-c, --checkpoint <file>',
    'a saved checkpoint',
    `${defaultFolder('lenet5', 'mnist')}/${checkpointName}`,
  )
