/** A language model as one safetensors file: its parameters, its sizes, its vocabulary, and how text becomes tokens. */
import { CheckpointError } from '../errors.ts'
import { readCheckpoint, restore, saveCheckpoint } from '../train/checkpoint.ts'
import { type LanguageModel, type LanguageModelOptions, languageModel } from './language-model.ts'
import { type Tokenizer, tokenizers } from './tokenizers.ts'
import { Vocabulary } from './vocabulary.ts'

export interface SavedLanguageModel {
  readonly model: LanguageModel
  readonly vocabulary: Vocabulary
  readonly tokenizer: Tokenizer
}

/** @throws CheckpointError when it cannot be written; a file that was there is unharmed then */
export async function saveLanguageModel(
  path: string,
  { model, vocabulary, tokenizer }: SavedLanguageModel,
): Promise<void> {
  const { tokens, unknown } = vocabulary
  const languageModel = { ...model.options, tokenizer: tokenizer.name }
  await saveCheckpoint(path, { model }, { languageModel, vocabulary: { tokens, unknown } })
}

/**
 * The model in evaluation mode.
 * @throws CheckpointError when the file is absent, damaged, or holds no language model
 */
export async function readLanguageModel(path: string): Promise<SavedLanguageModel> {
  const checkpoint = await readCheckpoint(path)
  const { languageModel: options, vocabulary: known } = checkpoint.info as {
    languageModel?: LanguageModelOptions & { tokenizer?: string }
    vocabulary?: { tokens?: unknown; unknown?: unknown }
  }
  const tokenizer = tokenizers[options?.tokenizer ?? '']
  if (!options || !Array.isArray(known?.tokens) || !tokenizer)
    throw new CheckpointError(`${path} holds no language model: it was not saved by text.saveLanguageModel`, path)
  const { tokenizer: _, ...sizes } = options
  const model = languageModel(sizes)
  await restore(checkpoint, { model })
  const vocabulary = new Vocabulary(known.tokens.map(String), known.unknown === null ? null : String(known.unknown))
  if (vocabulary.size !== sizes.vocabulary)
    throw new CheckpointError(`${path} is damaged: ${vocabulary.size} tokens for a model of ${sizes.vocabulary}`, path)
  return { model: model.eval(), vocabulary, tokenizer }
}
