import { clearLine, cursorTo } from 'node:readline'
import type { WriteStream } from 'node:tty'

/** Where a bar is drawn, and what has no bar is written. */
export type ProgressStream = Pick<WriteStream, 'write'> & Partial<Pick<WriteStream, 'isTTY' | 'columns'>>

/** How far something is, as the last line of a terminal. Elsewhere only its lines are written. */
export interface Progress {
  /**
   * Draws the bar. `share` is 0 to 1; of the notes, the most important first, those are shown for which the line has room.
   * After `stop` it does nothing.
   */
  show(share: number, notes: readonly string[]): void
  /** Writes a line that stays, above the bar. */
  line(text: string): void
  /** Leaves the bar as it is. May be called more than once. */
  stop(): void
}

/** Draws only when it is called: it has no timer that could outlive what it shows. */
export function createProgress(stream: ProgressStream): Progress {
  const onTerminal = stream.isTTY === true
  let drawn = ''
  let isStopped = false

  function draw(text: string): void {
    cursorTo(stream as WriteStream, 0)
    stream.write(text)
    clearLine(stream as WriteStream, 1)
  }

  return {
    show(share, notes) {
      if (isStopped || !onTerminal) return
      // The last column stays free: a terminal begins a new line once it is filled.
      const text = barLine(share, notes, (stream.columns ?? 80) - 1)
      if (text === drawn) return
      drawn = text
      draw(text)
    },
    line(text) {
      if (drawn !== '') draw('')
      stream.write(`${text}\n`)
      if (drawn !== '') stream.write(drawn)
    },
    stop() {
      isStopped = true
      if (drawn !== '') stream.write('\n')
      drawn = ''
    },
  }
}

const barWidthMin = 10
const barWidthMax = 40
/** The bar grows in steps, or it would with every digit of a note. */
const barWidthStep = 10

/** A bar, its percentage, and as many of the notes as fit into that many columns. */
export function barLine(share: number, notes: readonly string[], columns: number): string {
  const done = Math.min(1, Math.max(0, share))
  let text = ` ${Math.floor(done * 100)}%`.padStart(5)
  for (const note of notes) {
    const longer = `${text} | ${note}`
    if (longer.length + barWidthMin > columns) break
    text = longer
  }
  const room = Math.max(0, columns - text.length)
  const width = room < barWidthStep ? room : Math.min(barWidthMax, room - (room % barWidthStep))
  const filled = Math.round(done * width)
  return `${'█'.repeat(filled)}${'░'.repeat(width - filled)}${text}`.slice(0, Math.max(0, columns))
}
