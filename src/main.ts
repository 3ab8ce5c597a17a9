import { createProgram } from './cli/program.ts'
import { reportFailure, survivesClosedOutput } from './cli/terminal.ts'

/** Runs the command of a command line (process.argv) and settles with its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let exitCode = 0
  survivesClosedOutput()
  try {
    const program = createProgram((code) => {
      exitCode = code
    })
    await program.parseAsync(argv)
    return exitCode
  } catch (error) {
    return reportFailure(error)
  }
}
