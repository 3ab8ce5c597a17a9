import type { ServerResponse } from 'node:http'

/** Runs it with a signal that aborts when the client leaves. */
export async function whileConnected<Result>(
  response: ServerResponse,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const leaving = new AbortController()
  const leave = () => leaving.abort()
  if (response.closed) leave()
  response.once('close', leave)
  try {
    return await run(leaving.signal)
  } finally {
    response.off('close', leave)
  }
}
