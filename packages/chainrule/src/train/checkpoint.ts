/**
 * Everything a run needs to go on, in one safetensors file: the model's state under its own (PyTorch's) names, the optimizer's
 * under `optimizer/`, and in the metadata the random state, the step, the place in the data and whatever the caller adds.
 *
 * Writing is atomic (io/files.ts). Reading checks every name and shape before anything changes.
 */
import { CheckpointError } from '../errors.ts'
import { source } from '../graph/build.ts'
import { sameShape, show } from '../graph/shape.ts'
import { checkWritable, readFile, reason, writeFileAtomic } from '../io/files.ts'
import { parseSafetensors, serializeSafetensors, type TensorFile } from '../io/safetensors.ts'
import type { TensorValue } from '../io/tensor-value.ts'
import type { Module } from '../nn/module.ts'
import { wrap } from '../tensor/handle.ts'
import type { Generator } from '../tensor/random.ts'
import { evaluate, HostStorage } from '../tensor/runtime.ts'
import type { AnyTensor, AnyVariable } from '../tensor/types.ts'
import { averagePrefix } from './average.ts'
import type { AnyOptimizer } from './types.ts'

/** What a checkpoint is taken of, or put back into. */
export interface Training {
  readonly model: Module
  readonly optimizer?: AnyOptimizer | undefined
  readonly random?: Generator | undefined
  /** Further variables, by name. */
  readonly extra?: ReadonlyMap<string, AnyVariable> | undefined
  /** Loading: takes the averages that `fit({ averageWeights })` kept in place of the weights. For a model alone. */
  readonly averages?: boolean | undefined
}

/** What is known about a checkpoint besides its tensors. */
export type CheckpointInfo = Readonly<Record<string, unknown>>

const formatKey = 'chainrule'
const formatVersion = '1'

/** The bytes of a checkpoint; `info` must survive JSON. */
export async function checkpointBytes(training: Training, info: CheckpointInfo = {}): Promise<Uint8Array<ArrayBuffer>> {
  const state = stateOf(training)
  await evaluate([])
  const tensors: [string, TensorValue][] = []
  for (const [name, { variable }] of state)
    tensors.push([name, { dtype: variable.dtype, shape: variable.shape, data: await variable.data() }])
  const random = training.random && { random: await training.random.state() }
  const metadata = Object.fromEntries(
    Object.entries({ ...info, ...random }).map(([key, value]) => [key, JSON.stringify(value)]),
  )
  return serializeSafetensors(tensors, { [formatKey]: formatVersion, ...metadata })
}

/**
 * Writes a checkpoint; the previous file stays until the new one is complete.
 * @throws CheckpointError when it cannot be written; the previous file is unharmed
 */
export async function saveCheckpoint(path: string, training: Training, info: CheckpointInfo = {}): Promise<void> {
  const bytes = await checkpointBytes(training, info)
  await writeFileAtomic(path, bytes).catch(notWritten(path))
}

/**
 * Makes the folder of a checkpoint and tries it, before any work is lost.
 * @throws CheckpointError when no checkpoint can be written there
 */
export const checkCheckpointPath = (path: string): Promise<void> => checkWritable(path).catch(notWritten(path))

const notWritten =
  (path: string) =>
  (error: unknown): never => {
    throw new CheckpointError(
      `the checkpoint ${path} could not be written: ${reason(error)}; a previous file of this name is unharmed`,
      path,
      { cause: error },
    )
  }

/** A checkpoint that was read but not yet put into anything. */
export interface Checkpoint {
  readonly path: string | undefined
  readonly tensors: TensorFile['tensors']
  readonly info: CheckpointInfo
  /** Whether chainrule wrote it, with what a run needs to go on; else it holds a model's weights only. */
  readonly resumable: boolean
}

/** @throws CheckpointError when there is no such file, or it is corrupt, truncated or foreign */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const bytes = await readFile(path).catch(error => {
    throw new CheckpointError(`the checkpoint ${path} cannot be read: ${reason(error)}`, path, { cause: error })
  })
  return parseCheckpoint(bytes, path)
}

export function parseCheckpoint(bytes: Uint8Array, path?: string): Checkpoint {
  const { tensors, metadata } = parseSafetensors(bytes, path)
  const version = metadata[formatKey]
  if (version !== undefined && version !== formatVersion)
    throw new CheckpointError(`${name(path)} is of version ${version}, this chainrule reads ${formatVersion}`, path)
  const info: Record<string, unknown> = {}
  for (const [key, value] of Object.entries(metadata)) {
    if (key === formatKey) continue
    try {
      info[key] = JSON.parse(value)
    } catch (error) {
      if (version !== undefined) throw new CheckpointError(`${name(path)}: '${key}' is damaged`, path, { cause: error })
      info[key] = value
    }
  }
  return { path, tensors, info, resumable: version !== undefined }
}

/**
 * Reads a checkpoint and puts it back. With an optimizer or random state the file must hold theirs too; with a model alone the
 * model's part is taken, from any safetensors file with its names.
 * @throws CheckpointError naming the tensor and both shapes when the file belongs to something else; nothing changes then
 */
export async function loadCheckpoint(path: string, training: Training): Promise<CheckpointInfo> {
  const checkpoint = await readCheckpoint(path)
  await restore(checkpoint, training)
  return checkpoint.info
}

/** Puts a checkpoint back; everything is checked first. */
export async function restore(checkpoint: Checkpoint, training: Training): Promise<void> {
  const { tensors, path } = checkpoint
  const fail = (problem: string): never => {
    throw new CheckpointError(`${name(path)} ${problem}`, path)
  }
  if (training.optimizer && !checkpoint.resumable)
    fail('holds weights, not a training run; load it into the model and start a new run')
  const state = stateOf(training)
  const modelOnly = !training.optimizer
  const { random } = checkpoint.info
  if (training.random && !(Array.isArray(random) && random.length === 2 && random.every(Number.isInteger)))
    fail('holds no random state')
  const missing = [...state.keys()].filter(key => !tensors.has(key))
  if (training.averages && ![...tensors.keys()].some(key => key.startsWith(`extra/${averagePrefix}`)))
    fail('holds no averages of weights; load it without { averages: true }')
  const unknown = [...tensors.keys()].filter(
    key => !state.has(key) && !(modelOnly && (key.includes('/') || training.averages)),
  )
  if (missing.length + unknown.length > 0) {
    const parts = [
      ...(missing.length > 0
        ? [`it lacks ${list(missing, key => `${key} ${show(state.get(key)!.variable.shape)}`)}`]
        : []),
      ...(unknown.length > 0 ? [`it has ${list(unknown, key => `${key} ${show(tensors.get(key)!.shape)}`)}`] : []),
    ]
    fail(`belongs to another model or optimizer: ${parts.join('; ')}`)
  }
  for (const [key, { variable }] of state) {
    const { shape, dtype } = tensors.get(key)!
    if (!sameShape(shape, variable.shape))
      fail(`belongs to another model: ${key} is ${show(shape)} in the file, ${show(variable.shape)} in the model`)
    if (dtype !== variable.dtype)
      fail(`belongs to another model: ${key} is ${dtype} in the file, ${variable.dtype} in the model`)
  }
  const part = (owner: Owner): Map<string, AnyTensor> =>
    new Map(
      [...state]
        .filter(([, entry]) => entry.owner === owner)
        .map(([key, entry]) => {
          const { shape, dtype, data } = tensors.get(key)!
          return [entry.name, wrap(source(new HostStorage(shape, dtype, data)))]
        }),
    )
  training.model.loadStateDict(part('model'))
  training.optimizer?.loadStateDict(part('optimizer'))
  for (const [key, { variable, owner }] of state) if (owner === 'extra') variable.set(tensors.get(key)!.data)
  await training.random?.setState(random as [number, number])
  await evaluate([])
}

type Owner = 'model' | 'optimizer' | 'extra'
interface Entry {
  readonly owner: Owner
  readonly name: string
  readonly variable: AnyVariable
}

/** Every variable of a run under the name it has in the file. */
function stateOf({ model, optimizer, extra, averages }: Training): Map<string, Entry> {
  const found = new Map<string, Entry>()
  const add = (owner: Owner, prefix: string, state: ReadonlyMap<string, AnyVariable> | undefined): void => {
    for (const [key, variable] of state ?? []) found.set(prefix + key, { owner, name: key, variable })
  }
  const parameters = model.namedParameters()
  for (const [name, variable] of model.stateDict())
    found.set(averages && parameters.has(name) ? `extra/${averagePrefix}${name}` : name, {
      owner: 'model',
      name,
      variable,
    })
  add('optimizer', 'optimizer/', optimizer?.stateDict())
  add('extra', 'extra/', extra)
  return found
}

const name = (path: string | undefined): string => (path === undefined ? 'the checkpoint' : `the checkpoint ${path}`)
const list = (keys: readonly string[], describe: (key: string) => string): string =>
  keys.length > 4
    ? `${keys.slice(0, 4).map(describe).join(', ')} and ${keys.length - 4} more`
    : keys.map(describe).join(', ')
