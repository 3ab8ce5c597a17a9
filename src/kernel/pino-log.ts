import { type DestinationStream, pino } from 'pino'
import { type Log, type LogFields, maskNumbers } from './log.ts'

/** JSON lines, one for each entry, with telephone numbers masked everywhere. */
export function createPinoLog(level: string, destination: DestinationStream): Log {
  const logger = pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, destination)
  const write = (severity: 'debug' | 'info' | 'warn' | 'error') => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(severity)) logger[severity](mask(fields) as object, maskNumbers(message))
  }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** The value with every number in it masked; an error as its name, message and stack. */
function mask(value: unknown): unknown {
  if (typeof value === 'string') return maskNumbers(value)
  if (value instanceof Error)
    return mask({ name: value.name, message: value.message, stack: value.stack, cause: value.cause })
  if (Array.isArray(value)) return value.map(mask)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([name, of]) => [name, mask(of)]))
}
