import { builder } from '../builder.ts'

builder.queryType({
  description: `
What can be read. An id that does not exist, is malformed or belongs to another customer is null; in a filter it finds
nothing. Deleted objects can be read by id, with deletedAt set; lists omit them unless requested. Where something that is
handed in has a default, null means the default.
`.trim(),
})

builder.mutationType({
  description: `
What can be changed. What the caller can correct is returned as userErrors, and nothing was changed then. Every
creation takes an id of the caller's choice and may be sent again when its answer was lost. Where something that is handed
in has a default, null means the default.
`.trim(),
})

builder.subscriptionType({
  description: `
What can be followed, over WebSocket (graphql-transport-ws) or server-sent events. An event shows
other objects as they are when it is sent. An id that does not exist is BAD_USER_INPUT. An unknown cursor is
BAD_CURSOR; one older than the retained log is CURSOR_EXPIRED.
`.trim(),
})
