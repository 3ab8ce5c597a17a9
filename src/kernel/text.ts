/** Control characters other than tab and line feed, and halves of surrogate pairs. No text that is stored or passed on has any. */
const uncleanPattern = /[^\P{Cc}\t\n]|\p{Cs}/u

/** True for a text that can be stored, and sent anywhere, as it is. */
export function isClean(text: string): boolean {
  return !uncleanPattern.test(text)
}

/** A text from elsewhere made clean: CRLF and CR become a line feed, any other character that is not allowed U+FFFD. */
export function tidy(text: string): string {
  return isClean(text) ? text : text.replace(/\r\n?/g, '\n').replace(new RegExp(uncleanPattern, 'gu'), '\ufffd')
}

/** The first characters of a text, up to that length in UTF-16; a surrogate pair is not cut in two. */
export function cut(text: string, lengthMax: number): string {
  const isPairCut = /[\ud800-\udbff]/.test(text[lengthMax - 1] ?? '') && text.length > lengthMax
  return text.slice(0, isPairCut ? lengthMax - 1 : lengthMax)
}
