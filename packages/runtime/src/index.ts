export { appliedSettings } from './applied-settings.ts'
export type { AppliedSettings } from './applied-settings.ts'
export { systemClock } from './clock.ts'
export {
  COVERAGE_PAGE,
  coverageOf,
  coverageTotals,
  isCoverage,
  outcomesOf,
  sliceCoverage,
  tasksOf,
} from './coverage.ts'
export { checkCron, secondsApart } from './cron.ts'
export { didYouMean } from './did-you-mean.ts'
export { environmentVariables, nearlyKnown } from './environment.ts'
export { Ledger } from './ledger.ts'
export type { Added, Claim, Ending, NewRun, Wait } from './ledger.ts'
export { isFinal, partsOf, RUN_STATUSES } from './ledger-views.ts'
export type { FinalStatus, ProviderTotals, RunStatus, RunView, TaskView } from './ledger-views.ts'
export { OWN_REFUSAL, redisLimiter, unlimited } from './limiter.ts'
export type { LimiterOptions } from './limiter.ts'
export { createLog } from './log.ts'
export type { LogOptions } from './log.ts'
export type {
  CheckGroup,
  CheckPlace,
  LimitEstimate,
  DestinationAnswer,
  PreflightAnswer,
  PreflightQuestion,
  RunEstimate,
} from './preflight-payload.ts'
export { BEAT_EVERY_MS, isSettled, preflights, questionSource, TAKEN_WITHIN_MS } from './preflights.ts'
export type { Preflights, PreflightView, QuestionSource, QuestionStatus, QuestionView } from './preflights.ts'
export {
  PAYLOAD_VERSION,
  plansQueue,
  QUEUE_NAMES,
  QUEUE_STREAMS,
  runJobOptions,
  RUNS_QUEUE,
  SCHEDULES_QUEUE,
  taskJobOptions,
  tasksQueue,
  validPayload,
} from './queues.ts'
export type { RunPayload, TaskPayload, TickPayload } from './queues.ts'
export { quotas } from './quotas.ts'
export type { AppliedLimit, BudgetView, LimitView, Quotas, QuotaViews } from './quotas.ts'
export { consumerConnection, pingRedis, producerConnection, withoutPassword } from './redis.ts'
export { memoryShare } from './redis-memory.ts'
export { evictionProblem } from './redis-policy.ts'
export { ensureRedisInstalled, freePort, REDIS_SETTINGS, startPrivateRedis } from './redis-server.ts'
export type { PrivateRedis, PrivateRedisOptions } from './redis-server.ts'
export { keepFromOthers } from './keep-from-others.ts'
export { newRunId, RUN_ID } from './run-id.ts'
export { nextRun, Schedules } from './schedules.ts'
export type { Schedule } from './schedules.ts'
export { loadCheckedSettings, loadSettings } from './settings.ts'
export { SettingsError } from './settings-problem.ts'
export type { SettingsProblem } from './settings-problem.ts'
export { TRANSPORT_TYPES } from './settings-schema.ts'
export type {
  AwsAccountSettings,
  AzureAccountSettings,
  GcpProjectSettings,
  Settings,
  TransportSettings,
  WorkerSettings,
} from './settings-schema.ts'
export { onShutdown } from './shutdown.ts'
export type { ShutdownStep } from './shutdown.ts'
export { TIME_ZONES, timeZoneName } from './time-zone.ts'
