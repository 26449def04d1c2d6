/** Training, evaluation, metrics, callbacks and checkpoints. */
export {
  type Callback,
  type EarlyStoppingOptions,
  earlyStopping,
  keepBest,
  progress,
  type Run,
  type WatchOptions,
} from './callbacks.ts'
export {
  type Checkpoint,
  type CheckpointInfo,
  checkpointBytes,
  loadCheckpoint,
  parseCheckpoint,
  readCheckpoint,
  restore,
  saveCheckpoint,
  type Training,
} from './checkpoint.ts'
export { type CrossValidateOptions, type CrossValidation, crossValidate, type FoldResult } from './cross-validate.ts'
export { type EvaluateOptions, evaluate, largest, predict, probabilities } from './evaluate.ts'
export type {
  CheckpointEvent,
  DoneEvent,
  EndReason,
  EpochEvent,
  FitEvent,
  FitResult,
  Scores,
  StepEvent,
} from './events.ts'
export { type CheckpointOptions, type FitOptions, fit } from './fit.ts'
export { gradientNorms } from './gradient-norms.ts'
export { type InWorkerOptions, inWorker, type WorkerLike } from './in-worker.ts'
export {
  findLearningRate,
  type LearningRateCurve,
  type LearningRateOptions,
  type LearningRatePoint,
} from './learning-rate.ts'
export {
  accuracy,
  binaryAccuracy,
  type ClassScores,
  confusionMatrix,
  type Metric,
  precisionRecallF1,
  topK,
} from './metrics.ts'
export { type Augment, type MixupOptions, mixup } from './mixup.ts'
export { serve } from './serve.ts'
export { type StepOptions, TrainingStep } from './step.ts'
export type { Fit } from './stream.ts'
export { type LayerSummary, type ModelSummary, summary } from './summary.ts'
