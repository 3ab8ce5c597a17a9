/** All limits of the program. A name ends in its unit, or in what it counts. */
export const limits = {
  /** Page sizes of every connection and list. */
  pageRowsMax: 500,
  pageRowsDefault: 50,
  /** Objects of one kind that a relation of one operation loads in one statement. */
  loaderKeysMax: 1000,
  /** Ids, statuses and other values in one list of a filter. */
  filterValuesMax: 100,
  /** Tokens of a GraphQL document. */
  documentTokensMax: 2000,
  /** Fields of a document; fields of a fragment count each time it is spread. */
  documentFieldsMax: 20_000,
  /** Pairs of fields with the same name in the same place of a document. */
  documentComparisonsMax: 20_000,
  /** Levels of fields of an operation; fragments and introspection do not count. */
  operationDepthMax: 12,
  /** Mutations of one operation. */
  operationMutationsMax: 10,
  /** Cost of a query or a mutation, before it is executed and again as its rows are read: see docs/clients.md. */
  operationCostMax: 20_000,
  /** Cost of one event of a stream of all transitions, and of one of a rate-limited stream (`maxPerSecond`). */
  eventCostMax: 500,
  gatheredEventCostMax: 2000,
  /** Cost of introspection, as a multiple of the cost of the query that clients commonly send. */
  introspectionCostFactor: 1.2,
  /** How long a query, or one event of a subscription, may run. */
  operationWithinMs: 10_000,
  /** How long all operations together may hold the event loop at a time. */
  operationsHoldMaxMs: 5,
  /** Threads for reads that scan whole tables, and how long one statement may take there. */
  readingThreadsMax: 2,
  readingWithinMs: 2000,
  /** Characters in the JSON of one response. */
  answerLengthMax: 16 * 1024 * 1024,
  nameLengthMax: 255,
  detailLengthMax: 2000,
  dataLengthMax: 10_000,
  addressTextLengthMax: 255,
  actionsMax: 100,
  /** Most findings reported for one list of actions: its texts can name 160 000 unknown variables. */
  actionFindingsMax: 100,
  targetsPerAddMax: 1000,
  /** Targets searched for the data fields that actions name when a campaign is run: in total, and per batch. */
  missingFieldsRowsMax: 20_000,
  missingFieldsRowsAtOnce: 50,
  agentsPerQueueMax: 1000,
  serviceLevelPercentMin: 1,
  serviceLevelPercentMax: 1000,
  concurrentCallsMin: 1,
  concurrentCallsMax: 10_000,
  dialTimeoutMinMs: 1000,
  dialTimeoutMaxMs: 120_000,
  tryIntervalMaxMs: 31 * 24 * 3600 * 1000,
  tryCountMax: 50,
  waitTimeoutMaxMs: 3_600_000,
  agentRingMinMs: 1000,
  agentRingMaxMs: 120_000,
  wrapUpMaxMs: 3_600_000,
  eventsPerSecondMin: 1,
  eventsPerSecondMax: 20,
  /** Most rows that one transaction of a background pass, a reset or an import touches. */
  batchRowsMax: 500,
  /** How long transitions are kept by default. */
  transitionsKeptDaysDefault: 90,
  transitionsKeptDaysMin: 1,
  transitionsKeptDaysMax: 3650,
  /** When a process first prunes the log after its start, which has more urgent writes. */
  pruneFirstMs: 60_000,
  pruneEveryMs: 3_600_000,
  /** Pause between two batches of pruning. */
  prunePauseMs: 25,
  /** Entries that a reader of the log reads at once. */
  logRowsAtOnce: 100,
  /** Entries that a reader of the log scans at once for those of one queue. */
  logSpanMax: 5000,
  /** Entries in memory that live readers of the log share. */
  logTailEntriesMax: 1000,
  /** How often a process polls for commits of others. */
  otherProcessesLookMs: 250,
  /**
   * A call that is not handed to the carrier within this time after its commit is not placed
   * (docs/rules.md#request-once).
   */
  dialWithinMs: 2000,
  /** How long the carrier's interface may take to answer an originate request. */
  originateAnswerMs: 2000,
  /** Heartbeat of the engine; it also writes its state at every change. */
  engineHeartbeatMs: 2000,
  /** How long a resumed engine that was held waits for the carrier before it reports that it has resumed. */
  releaseConnectsMs: 1000,
  /** How long engineResume waits for the engine's answer. */
  resumeAnswerMs: 3000,
  /** How long to wait for a carrier out of reach before calls that only it knows are given up. */
  carrierPatienceMs: 600_000,
  /** How long the carrier may take to list its live calls. */
  listAnswerMs: 10_000,
  /** Pause before the carrier is asked again after a failure. */
  reconcilePauseMs: 1000,
  /** Pause after a tick that failed as a whole. */
  failedTickPauseMs: 1000,
  /** A time limit of a call that is overdue by more than this fires only after the carrier was asked about the call. */
  limitLateMs: 2000,
  /** How long the final news of a call may take after its end was due. */
  finalNewsMs: 10_000,
  /** Pause between two look-ups of a call whose outcome is unknown. */
  lookupPauseMs: 1000,
  /** How long the news of a hangup may come after that of a playback that it interrupted. */
  failedPlaybackPauseMs: 500,
  /** How long the carrier may take to detect an answering machine. */
  machineDetectionMs: 15_000,
  /** How long a stopping engine waits for pending sendings. */
  sendingsSettleMs: 5000,
  /** Pause before the retry of something that failed for one call. */
  failedTimeoutPauseMs: 1000,
  /** Calls that one tick of the engine claims. */
  claimsPerTickMax: 100,
  /** News that one tick of the engine records. */
  newsPerTickMax: 100,
  /** Calls and agents whose timers one tick fires. */
  duePerTickMax: 100,
  /** When to retry a request that found the database busy. */
  retryAfterMs: 1000,
  /** An open transaction is rolled back after this time. */
  transactionMaxMs: 5000,
  /** How long consecutive transactions may hold the event loop. */
  holdLoopMaxMs: 5,
  /** How long all event streams together may hold the event loop: about as long as a full tick of the engine. */
  streamsHoldMaxMs: 20,
  /** Body of an HTTP request. */
  requestBytesMax: 4 * 1024 * 1024,
  /** Values in the JSON of a request: list elements and object fields. */
  requestValuesMax: 100_000,
  /** Bytes sent to a WebSocket but not yet read by its client, at which its events wait. */
  socketUnreadBytesMax: 1024 * 1024,
  /** After this many bytes a WebSocket client is asked whether it has read them. */
  socketMarkBytes: 64 * 1024,
  /** How long a client may take to read that much; also the interval of the check of a server-sent stream. */
  streamReadWithinMs: 10_000,
  /** The same for one message, however large. */
  streamReadWithinMaxMs: 60_000,
  /** One message of a WebSocket client. */
  socketMessageBytesMax: 64 * 1024,
  /** How much of a larger message is read, to report which operation it belonged to. */
  socketMessageBytesReadMax: 1024 * 1024,
  /** Concurrent operations of one WebSocket, mainly subscriptions. */
  socketOperationsMax: 50,
  /** Total time of a webhook, or of a request to a message gateway. */
  sendingWithinMs: 10_000,
  /** The same for an e-mail: servers scan a text before they answer. */
  mailWithinMs: 30_000,
  /** How long a message may wait until its message centre is connected and accepts it. */
  messageWithinMs: 30_000,
  /** Sendings of one kind in the queue; more are refused. */
  sendingsWaitingMax: 10_000,
  /** A sending that has waited for this long is not sent any more. */
  sendingWaitMaxMs: 600_000,
  /** Concurrent webhooks: in total, to one host, and to one address of it. */
  sendingsUnderWayMax: 100,
  sendingsPerHostMax: 50,
  sendingsPerEndpointMax: 25,
  /** How much of a webhook's response is read, and discarded. */
  sendingAnswerBytesMax: 64 * 1024,
  /** Connections to the mail server. */
  mailConnectionsMax: 5,
  /** E-mails sent over one connection. */
  mailsPerConnectionMax: 100,
  /** An idle connection to the mail server is closed after this time. */
  mailConnectionIdleMs: 5000,
  /** Messages submitted but not yet answered. */
  messagesUnderWayMax: 10,
  messagePartsMax: 10,
  messagesPerSecondMax: 1000,
  /** How long a message centre may take to answer. */
  messageCentreAnswerMs: 10_000,
  /** Interval of the heartbeat to a message centre. */
  messageCentreHeartbeatMs: 30_000,
  /** How long a mail server or a message centre may take to close a connection after our goodbye. */
  farewellMs: 1000,
  /** Concurrent commands that render speech, and texts that wait for one. */
  speechRenderingsMax: 2,
  speechWaitingMax: 1000,
  /** How long rendering one text may take. */
  speechRenderMs: 30_000,
  /** Output of a command for one text: about 12 minutes at 22 050 samples a second. */
  speechOutputBytesMax: 32 * 1024 * 1024,
  /** Rendered speech that is cached. */
  speechCacheBytesMax: 256 * 1024 * 1024,
} as const
