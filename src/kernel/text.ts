/** Control characters but tab and line feed, and halves of surrogate pairs: what no text that is kept or passed on may hold. */
const uncleanPattern = /[^\P{Cc}\t\n]|\p{Cs}/u

/** True for a text that can be stored, and sent anywhere, as it is. */
export function isClean(text: string): boolean {
  return !uncleanPattern.test(text)
}

/** What another program or machine said, made clean: line ends of two characters become one, and U+FFFD stands for what may not be. */
export function tidy(text: string): string {
  return isClean(text) ? text : text.replace(/\r\n?/g, '\n').replace(new RegExp(uncleanPattern, 'gu'), '\ufffd')
}

/** The first characters of a text, up to that length in UTF-16; a surrogate pair is not cut in two. */
export function cut(text: string, lengthMax: number): string {
  const isPairCut = /[\ud800-\udbff]/.test(text[lengthMax - 1] ?? '') && text.length > lengthMax
  return text.slice(0, isPairCut ? lengthMax - 1 : lengthMax)
}
