/** A model as a checkpoint of `chainrule train` holds it. */
import { CheckpointError } from '../errors.ts'
import { type Checkpoint, readCheckpoint, restore } from '../train/index.ts'
import type { Trainable } from '../train/types.ts'
import { known, models } from './catalogue.ts'

export interface SavedModel {
  readonly model: Trainable
  readonly name: string
  /** The data set it was trained on. */
  readonly data: string
  readonly classes: readonly string[]
}

/** @throws CheckpointError when there is no checkpoint, or not one of the command */
export async function savedModel(path: string): Promise<SavedModel> {
  const checkpoint: Checkpoint = await readCheckpoint(path).catch(error => {
    const missing = (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT'
    throw missing ? new CheckpointError(`there is no checkpoint ${path}; make one with: chainrule train`, path) : error
  })
  const { run, classes } = checkpoint.info as { run?: { model?: unknown; data?: unknown }; classes?: unknown }
  if (typeof run?.model !== 'string' || typeof run.data !== 'string' || !Array.isArray(classes))
    throw new CheckpointError(`${path} was not saved by chainrule train: it does not say which model it holds`, path)
  const model = known('model', models, run.model).create()
  await restore(checkpoint, { model })
  model.eval()
  return { model, name: run.model, data: run.data, classes: classes.map(String) }
}
