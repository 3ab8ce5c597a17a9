import { readFileSync } from 'node:fs'
import { isClean } from './text.ts'

export interface Environment {
  /** By the name of the variable. */
  readonly values: Readonly<Record<string, string>>
  /** Problems, as sentences. */
  readonly problems: readonly string[]
}

const fileSuffix = '_FILE'

/**
 * Reads the variables of an environment that begin with the prefix; NAME_FILE names a file with the value. An empty
 * variable counts as not set. An unknown name is a problem: mistyped, it would be a setting that silently does nothing.
 */
export function readEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  { prefix, isKnown }: { readonly prefix: string; isKnown(name: string): boolean },
): Environment {
  const values: Record<string, string> = {}
  const problems: string[] = []
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(prefix) || value === undefined || value === '') continue
    const plain = name.endsWith(fileSuffix) ? name.slice(0, -fileSuffix.length) : name
    if (!isKnown(plain)) {
      problems.push(`${name} is not a variable of this program.`)
    } else if (plain === name) {
      if (isText(value)) values[name] = value
      else problems.push(`${name} ${notText}`)
    } else if (environment[plain]) {
      problems.push(`${plain} and ${name} are both set; remove one of them.`)
    } else {
      const content = readSecret(value)
      if (content && isText(content)) values[plain] = content
      else if (content) problems.push(`The file of ${name} ${notText}`)
      else problems.push(`${name} names a file that ${content === null ? 'cannot be read' : 'is empty'}.`)
    }
  }
  return { values, problems }
}

const notText = 'contains control characters, or bytes that are not UTF-8.'

/** Bytes that are not UTF-8 have become U+FFFD by now. */
function isText(value: string): boolean {
  return isClean(value) && !value.includes('\ufffd')
}

function readSecret(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return null
  }
}
