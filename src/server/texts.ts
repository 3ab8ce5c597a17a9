/** JSON that is made already, for messages that graphql-ws writes: it would make it once more, in one go. */
export interface Texts {
  /** What to put in place of a value whose JSON this is. */
  keep(json: string): string
  /** A message with the JSON that was kept for it. */
  fill(message: string): string
}

/** Of one socket: what a client writes into its messages can refer only to texts of its own. */
export function createTexts(): Texts {
  const kept = new Map<string, string>()
  let count = 0
  return {
    keep(json) {
      const name = `kept text ${++count}`
      kept.set(name, json)
      return name
    },
    fill(message) {
      for (const [name, json] of kept) {
        const place = message.indexOf(`:"${name}"`)
        if (place < 0) continue
        kept.delete(name)
        return `${message.slice(0, place + 1)}${json}${message.slice(place + name.length + 3)}`
      }
      return message
    },
  }
}
