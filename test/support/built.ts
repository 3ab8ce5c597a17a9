import { join } from 'node:path'
import { inject } from 'vitest'

/** The checkout as it was compiled for processes that tests start. */
export const builtRoot = inject('built')

/** What is to be run in place of a file of the checkout, which is named by its path there. */
export function builtFile(path: string): string {
  return join(builtRoot, path.replace(/\.ts$/, '.js'))
}
