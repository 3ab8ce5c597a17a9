/** Every limit of the program. A name ends in its unit, or in what it counts. */
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
  /** Fields of a document, those of a fragment as often as it is spread. */
  documentFieldsMax: 20_000,
  /** Pairs of fields of a document that have one name in one place. */
  documentComparisonsMax: 20_000,
  /** Levels of fields of an operation; fragments and introspection do not count. */
  operationDepthMax: 12,
  /** Mutations of one operation. */
  operationMutationsMax: 10,
  /** Cost of a query or a mutation, before it is executed and again as its rows are read: see docs/clients.md. */
  operationCostMax: 20_000,
  /** Cost of one event of a stream that has every transition, and of one that is gathered (`maxPerSecond`). */
  eventCostMax: 500,
  gatheredEventCostMax: 2000,
  /** Cost of introspection, as a multiple of that of the query that clients commonly send. */
  introspectionCostFactor: 1.2,
  /** How long a query, or one event of a subscription, may run. */
  operationWithinMs: 10_000,
  /** How long operations together may hold the event loop in a row. */
  operationsHoldMaxMs: 5,
  /** Threads that read what cannot be looked up, and how long one statement may take there. */
  readingThreadsMax: 2,
  readingWithinMs: 2000,
  /** Characters of the JSON of one answer. */
  answerLengthMax: 16 * 1024 * 1024,
  nameLengthMax: 255,
  detailLengthMax: 2000,
  dataLengthMax: 10_000,
  addressTextLengthMax: 255,
  actionsMax: 100,
  /** What is wrong with one list of actions that is told at once: its texts can name 160 000 unknown variables. */
  actionFindingsMax: 100,
  targetsPerAddMax: 1000,
  /**
   * Targets that are looked at for the fields that actions name, when a campaign is run; in all, and before others have their
   * tick.
   */
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
  /** How long transitions are kept, where the configuration does not say. */
  transitionsKeptDaysDefault: 90,
  transitionsKeptDaysMin: 1,
  transitionsKeptDaysMax: 3650,
  /** When a process that has started prunes the log for the first time: others want the disk before that. */
  pruneFirstMs: 60_000,
  pruneEveryMs: 3_600_000,
  /** Pause between two batches of pruning. */
  prunePauseMs: 25,
  /** Entries that a reader of the log takes at once. */
  logRowsAtOnce: 100,
  /** Entries that a reader of the log goes through at once for those of one queue. */
  logSpanMax: 5000,
  /** Entries that live readers of the log share in memory. */
  logTailEntriesMax: 1000,
  /** How often a process looks for what others have committed. */
  otherProcessesLookMs: 250,
  /** A call that is not handed to the carrier within this time of its commit is not placed (docs/rules.md#request-once). */
  dialWithinMs: 2000,
  /** How long the carrier's interface may take to answer a request for a call. */
  originateAnswerMs: 2000,
  /** An engine writes its state at every change, and as often as this. */
  engineHeartbeatMs: 2000,
  /** How long an engine that did not ask the carrier, and is let go on, waits for it before it says that it goes on. */
  releaseConnectsMs: 1000,
  /** How long engineResume waits for what the engine says to it. */
  resumeAnswerMs: 3000,
  /** How long a carrier that is out of reach is waited for, before calls are given up that only it knows of. */
  carrierPatienceMs: 600_000,
  /** How long the carrier may take to list its live calls. */
  listAnswerMs: 10_000,
  /** Pause before the carrier is asked again for what it did not say. */
  reconcilePauseMs: 1000,
  /** Pause after a tick that failed as a whole. */
  failedTickPauseMs: 1000,
  /** A time limit of a call that is judged later than this is judged only after the carrier was asked about the call. */
  limitLateMs: 2000,
  /** How long the final news of a call may take after its end was due. */
  finalNewsMs: 10_000,
  /** Pause between two look-ups of a call whose fate is not known. */
  lookupPauseMs: 1000,
  /** How long the news of a hangup may come after that of a playback it has cut off. */
  failedPlaybackPauseMs: 500,
  /** How long the carrier may take to find out whether a machine has answered. */
  machineDetectionMs: 15_000,
  /** How long an engine that ends waits for what is being sent. */
  sendingsSettleMs: 5000,
  /** Pause before something that failed for one call is tried again. */
  failedTimeoutPauseMs: 1000,
  /** New calls of one tick of the engine. */
  claimsPerTickMax: 100,
  /** News that one tick of the engine takes in. */
  newsPerTickMax: 100,
  /** Calls and agents whose time has come that one tick looks at. */
  duePerTickMax: 100,
  /** When a caller may try again whose request found the database busy. */
  retryAfterMs: 1000,
  /** An open transaction is rolled back after this time. */
  transactionMaxMs: 5000,
  /** How long the event loop may be held by a row of transactions. */
  holdLoopMaxMs: 5,
  /** How long all streams of events together may hold the event loop: about as long as a full tick of the engine. */
  streamsHoldMaxMs: 20,
  /** Body of an HTTP request. */
  requestBytesMax: 4 * 1024 * 1024,
  /** Values in the JSON of a request: elements of its lists, and fields of its objects. */
  requestValuesMax: 100_000,
  /** Bytes that may be sent to a WebSocket and not have been read by its client before its events wait. */
  socketUnreadBytesMax: 1024 * 1024,
  /** After so many bytes the client of a WebSocket is asked whether it has read them. */
  socketMarkBytes: 64 * 1024,
  /** How long a client may take to read that much. One of a server-sent stream is looked at as often as this. */
  streamReadWithinMs: 10_000,
  /** The same for one message, however large. */
  streamReadWithinMaxMs: 60_000,
  /** One message of a WebSocket client. */
  socketMessageBytesMax: 64 * 1024,
  /** What is still read of a larger one, to say to which operation it belonged. */
  socketMessageBytesReadMax: 1024 * 1024,
  /** Operations of one WebSocket at a time, subscriptions above all. */
  socketOperationsMax: 50,
  /** How long a webhook, or a request to a gateway of messages, may take in all. */
  sendingWithinMs: 10_000,
  /** The same for a mail: servers look through a text before they answer. */
  mailWithinMs: 30_000,
  /** How long a message may wait for its message centre: to be there, and to take it. */
  messageWithinMs: 30_000,
  /** Things of one kind that wait to be sent; more are refused. */
  sendingsWaitingMax: 10_000,
  /** What has waited for so long is not sent any more. */
  sendingWaitMaxMs: 600_000,
  /** Webhooks under way: in all, to one host, and to one address of it. */
  sendingsUnderWayMax: 100,
  sendingsPerHostMax: 50,
  sendingsPerEndpointMax: 25,
  /** What is read of an answer to a webhook, and not looked at. */
  sendingAnswerBytesMax: 64 * 1024,
  /** Connections to the mail server. */
  mailConnectionsMax: 5,
  /** Mails that one connection carries. */
  mailsPerConnectionMax: 100,
  /** A connection to the mail server that has nothing to do ends after this time. */
  mailConnectionIdleMs: 5000,
  /** Messages that were submitted and are not answered yet. */
  messagesUnderWayMax: 10,
  messagePartsMax: 10,
  messagesPerSecondMax: 1000,
  /** How long a message centre may take to answer. */
  messageCentreAnswerMs: 10_000,
  /** Pause between two questions for a sign of life. */
  messageCentreHeartbeatMs: 30_000,
  /** How long a mail server or a message centre may take to end a connection that we have taken leave of. */
  farewellMs: 1000,
  /** Commands that render speech at the same time, and texts that wait for one. */
  speechRenderingsMax: 2,
  speechWaitingMax: 1000,
  /** How long rendering one text may take. */
  speechRenderMs: 30_000,
  /** What a command may write for one text: about 12 minutes at 22 050 samples a second. */
  speechOutputBytesMax: 32 * 1024 * 1024,
  /** Rendered speech that is kept. */
  speechCacheBytesMax: 256 * 1024 * 1024,
} as const
