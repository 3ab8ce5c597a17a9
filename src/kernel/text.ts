/**
 * Control characters other than tab and line feed, and halves of surrogate pairs. No stored or sent text contains any.
 */
const uncleanPattern = /[^\P{Cc}\t\n]|\p{Cs}/u

/** True for a text that can be stored and sent unchanged. */
export function isClean(text: string): boolean {
  return !uncleanPattern.test(text)
}

/** Cleans a text from elsewhere: CRLF and CR become a line feed, any other forbidden character U+FFFD. */
export function tidy(text: string): string {
  return isClean(text) ? text : text.replace(/\r\n?/g, '\n').replace(new RegExp(uncleanPattern, 'gu'), '\ufffd')
}

/** The beginning of a text, up to that many UTF-16 code units; a surrogate pair is not cut in two. */
export function cut(text: string, lengthMax: number): string {
  const isPairCut = /[\ud800-\udbff]/.test(text[lengthMax - 1] ?? '') && text.length > lengthMax
  return text.slice(0, isPairCut ? lengthMax - 1 : lengthMax)
}
