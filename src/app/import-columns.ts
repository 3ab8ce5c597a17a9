/** What a column of a file means for the target of its row. */
export type ColumnRole =
  | { readonly type: 'TEXT'; readonly name: 'name' | 'detail' | 'data' }
  /** The destination with that index. */
  | { readonly type: 'DESTINATION'; readonly index: number }
  /** Consent: a value may say that the person must not be called; any other value is data. */
  | { readonly type: 'STATUS' }
  /** Kept in the target's data, under the name in the file. */
  | { readonly type: 'DATA' }

/** The role of a column by its name, ignoring case, spaces, underscores and hyphens. */
export function roleOf(column: string): ColumnRole {
  const name = column.toLowerCase().replace(/[\s_-]/g, '')
  if (name === 'name' || name === 'detail' || name === 'data') return { type: 'TEXT', name }
  if (name === 'destination' || name === 'phone' || name === 'phonenumber') return { type: 'DESTINATION', index: 0 }
  const index = /^destination([0-4])$/.exec(name)?.[1]
  if (index !== undefined) return { type: 'DESTINATION', index: Number(index) }
  return { type: statusPattern.test(name) ? 'STATUS' : 'DATA' }
}

const statusPattern = /^((lead|call|contact|phone|last)?status|(last|call)?(dispo|disposition))$/
const uncalledPattern = /^(dnc[lc]?|donot(call|contact)(list)?)$/

/** True for a status that forbids calling, as dialers and CRMs write it: DNC, DNCL, Do Not Call. */
export function saysNotToCall(status: string): boolean {
  return uncalledPattern.test(lettersOf(status))
}

/**
 * Columns that change a number, or whether it may be called. They are not supported yet, and ignoring them would ring
 * the wrong people. The names are those of CRMs and dialers; country, area code and extension are listed in the
 * languages of common lead files.
 */
const word = '(phone|mobile|cell|tel|telephone|home|work|office|business|contact|primary|alt|number|no|\\d)'
const numberPatterns = [
  /country/,
  /^(iso|iso[23]|isocode|nation|land|pays|pais|paese|kraj|cc|phonecc|isd|idd|npa|ddd|lada|std|prefijo|prefisso|prefixo)$/,
  /vorwahl|^durchwahl|^nebenstelle|indicatif|^ramal$/,
  new RegExp(`^${word}*(area|city|dial|dialing|dialling|calling|isd|idd|std|intl|international|phone|tel|mobile)code$`),
  new RegExp(`^(${word}+|dial|dialing|dialling|calling|intl|international)prefix$`),
  new RegExp(`^${word}*(ext|extn|exten|extension)(no|number)?\\d*$`),
]
const consentPattern =
  /donot(call|contact|phone|dial|disturb)|^(is|on)?dnc|dnc$|opt(ed)?out|^nocalls?$|^suppress(ed|ion)?$|^(is)?(black|block)list(ed)?$/
/** A person who wants no mail may be called. */
const otherWaysPattern = /e?mail|fax|sms|text|whatsapp/

/** Why a file with these columns is not imported, as a sentence for a person; null if it can be. */
export function columnsProblem(columns: readonly string[]): string | null {
  const ofNumbers = columns.filter((column) => numberPatterns.some((pattern) => pattern.test(lettersOf(column))))
  const ofConsent = columns.filter((column) => {
    const letters = lettersOf(column)
    return consentPattern.test(letters) && !otherWaysPattern.test(letters)
  })
  const changing = columns.filter((column) => ofNumbers.includes(column) || ofConsent.includes(column))
  if (changing.length === 0) return null
  const one = changing.length === 1
  const steps = [
    ...(ofNumbers.length > 0 ? ['write every number in full, such as +442079460958,'] : []),
    ...(ofConsent.length > 0 ? ['take out the rows of those who are not to be called,'] : []),
    `and then remove ${one ? 'this column' : 'these columns'}, or give ${one ? 'it another name' : 'them other names'}`,
  ]
  const [verb, negated] = one ? ['changes', 'is'] : ['change', 'are']
  return `The ${one ? 'column' : 'columns'} ${listed(changing)} ${verb} what others mean, and ${negated} not read yet: ${steps.join(' ')}.`
}

/** a, b and c */
function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`
}

/** The letters and digits of a name, in lower case and without accents. */
function lettersOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^\p{L}\p{Nd}]/gu, '')
}
