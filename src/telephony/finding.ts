/** One thing that was looked at, at a switch. */
export interface Finding {
  readonly name: string
  /** PROBLEM: no call can be placed. WARNING: something that calls may need is missing. */
  readonly state: 'OK' | 'WARNING' | 'PROBLEM'
  /** A sentence for a person. */
  readonly message: string
}

export const fine = (name: string, message: string): Finding => ({ name, state: 'OK', message })
export const doubtful = (name: string, message: string): Finding => ({ name, state: 'WARNING', message })
export const broken = (name: string, message: string): Finding => ({ name, state: 'PROBLEM', message })
