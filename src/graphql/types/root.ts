import { builder } from '../builder.ts'

builder.queryType({
  description: `
What can be read. An id that does not exist, is malformed or belongs to somebody else is null; in a filter it finds
nothing. Deleted objects can be read by id, with deletedAt set; lists leave them out unless asked. Where something that is
handed in has a default, null means the default.
`.trim(),
})

builder.mutationType({
  description: `
What can be changed. What the caller can put right comes back as userErrors, and nothing was changed then. Every
creation takes an id of the caller's choice and may be sent again when its answer was lost. Where something that is handed
in has a default, null means the default.
`.trim(),
})

builder.subscriptionType({
  description: `
What can be followed, over WebSocket (graphql-transport-ws) or server-sent events. Every event is read afresh: what it
shows of other objects is their state as it is sent. An id that does not exist is BAD_USER_INPUT, a cursor that was not
made here BAD_CURSOR, one of before what is kept CURSOR_EXPIRED.
`.trim(),
})
