const quotationMark = '"'.charCodeAt(0)
const backslash = '\\'.charCodeAt(0)
const beforeValues = new Set([...'[{,'].map((character) => character.charCodeAt(0)))

/**
 * How many values a JSON text has, about; counted no further than just beyond `max`. To read four megabytes of brackets
 * takes a second, in one go, and to count them as they stand does not.
 */
export function countJsonValues(text: string, max: number): number {
  let count = 0
  for (let i = 0; i < text.length && count <= max; i++) {
    const code = text.charCodeAt(i)
    if (code === quotationMark) i = endOfString(text, i + 1)
    else if (beforeValues.has(code)) count++
  }
  return count
}

/** Where the string that begins there has its closing mark; the end of the text where it has none. */
function endOfString(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end >= 0; end = text.indexOf('"', end + 1)) {
    let start = end
    while (start > from && text.charCodeAt(start - 1) === backslash) start--
    if ((end - start) % 2 === 0) return end
  }
  return text.length
}
