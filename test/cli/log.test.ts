import { Writable } from 'node:stream'
import Database from 'better-sqlite3'
import { pino } from 'pino'
import { describe, expect, test } from 'vitest'
import { localViewer } from '../../src/app/viewer.ts'
import { readConfig } from '../../src/config.ts'
import { startDialgraph } from '../../src/dialgraph.ts'
import { createCursorSeal } from '../../src/kernel/cursor.ts'
import { createEffects } from '../../src/kernel/effects.ts'
import { type Log, maskNumbers } from '../../src/kernel/log.ts'
import { createPinoLog } from '../../src/kernel/pino-log.ts'
import { migrateDatabase } from '../../src/store/sqlite/database.ts'
import { must, scripted, tel } from '../support/given.ts'
import { givenPath } from './support.ts'

describe('masking keeps', () => {
  test.each([
    ['a UUID', '0197a3c2-1234-7abc-8123-123456789012'],
    ['a UUID of digits', '01234567-1234-7123-8123-123456789012'],
    ['an instant', '2026-11-20T06:03:00.000Z'],
    ['an instant in words', 'at 2026-11-20 06:03:00 it was'],
    ['a date', '2026-11-20'],
    ['a cursor', 'a9F12025550123Xk-_0K1wxLDE3'],
    ['a short number', 'after 120000 ms, 1234567'],
    ['a place in a stack', 'at run (file.ts:120:33)'],
  ])('%s', (_name, text) => {
    expect(maskNumbers(text)).toBe(text)
    expect(maskNumbers(`before ${text}, after`)).toBe(`before ${text}, after`)
  })

  test('every id and cursor that the program makes', () => {
    const effects = createEffects()
    const { seal } = createCursorSeal('a key', effects.id())
    for (let i = 0; i < 20_000; i++) {
      for (const text of [effects.id(), seal('log', [i])]) expect(maskNumbers(text)).toBe(text)
    }
  })
})

describe('masking hides the middle of', () => {
  test.each([
    ['+12025550123', '+1202***0123'],
    ['12025550123', '12025***0123'],
    ['+442079460123', '+4420***0123'],
    ['+1 (202) 555-0123', '+1202***0123'],
    ['+1.202.555.0123', '+1202***0123'],
    ['+1\u00a0202\u00a0555\u00a00123', '+1202***0123'],
    ['tel:+12025550123;ext=1', 'tel:+1202***0123;ext=1'],
    ['sip:12025550123@gateway', 'sip:12025***0123@gateway'],
    ['"+12025550123"', '"+1202***0123"'],
    ['+12025550123-busy', '+1202***0123-busy'],
    ['to-12025550123', 'to-12025***0123'],
    ['+12025550123x101', '+1202***0123x101'],
    ['number+12025550123', 'number+1202***0123'],
    ['+12025550101,+12025550102', '+1202***0101,+1202***0102'],
    ['2026-11-20 12025550123', '2026-11-20 12025***0123'],
    ['2026-11-20T06:03:00.000Z +12025550123', '2026-11-20T06:03:00.000Z +1202***0123'],
    ['01234567-1234-7123-8123-123456789012 +12025550123', '01234567-1234-7123-8123-123456789012 +1202***0123'],
    ['55501234', '***'],
  ])('%s', (text, masked) => {
    expect(maskNumbers(text)).toBe(masked)
  })
})

function collect() {
  const lines: string[] = []
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk))
      done()
    },
  })
  return { lines, destination }
}

describe('the log', () => {
  test('writes one line of JSON an entry, of its level and above', () => {
    const { lines, destination } = collect()
    const log = createPinoLog('warn', destination)
    log.debug({}, 'not this')
    log.info({}, 'nor this')
    log.warn({ calls: 3 }, 'but this')
    log.error({}, 'and this')
    expect(lines.map((line) => JSON.parse(line))).toEqual([
      { level: 40, time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/), calls: 3, msg: 'but this' },
      { level: 50, time: expect.any(String), msg: 'and this' },
    ])
  })

  test('masks numbers in messages, fields, lists, and errors with their causes', () => {
    const { lines, destination } = collect()
    const error = new Error('cannot dial +12025550123', { cause: new Error('+12025550124 is busy') })
    createPinoLog('info', destination).error(
      { error, targets: [{ address: '+12025550125' }], nothing: null, id: '0197a3c2-1234-7abc-8123-123456789012' },
      'of +12025550126',
    )
    const [line = ''] = lines
    expect(line).not.toMatch(/202555/)
    expect(JSON.parse(line)).toMatchObject({
      error: {
        name: 'Error',
        message: 'cannot dial +1202***0123',
        stack: expect.stringContaining('cannot dial +1202***0123\n    at '),
        cause: { message: '+1202***0124 is busy' },
      },
      targets: [{ address: '+1202***0125' }],
      nothing: null,
      id: '0197a3c2-1234-7abc-8123-123456789012',
      msg: 'of +1202***0126',
    })
  })
})

describe('the log of a whole run', () => {
  const numbers = [scripted(0), scripted(50), scripted(1, 303), '+442079460123', '+4915112345678']

  /** Runs a campaign over the numbers on a database that refuses some of what is written, and lets the log tell of it. */
  async function runWith(createLog: (destination: Writable) => Log): Promise<string> {
    const { lines, destination } = collect()
    const file = givenPath()
    migrateDatabase({ file, create: true })
    const client = new Database(file)
    client.exec(
      "create trigger refuse before insert on campaigncall begin select raise(abort, 'refused: ' || new.destination); end",
    )
    client.close()
    const config = readConfig({ DIALGRAPH_DATABASE: file, DIALGRAPH_PORT: '0', DIALGRAPH_CALLS_PER_SECOND: '0' })
    const log = createLog(destination)
    const dialgraph = await startDialgraph(config, log)
    const { app } = dialgraph
    try {
      const viewer = localViewer
      const outdial = must(await app.outdials.create(viewer, { name: 'A list', detail: '', data: '' }))
      const targets = numbers.map((number) => ({ name: '', detail: '', data: '', destinations: [tel(number)] }))
      must(await app.outdialTargets.add(viewer, outdial.id, targets))
      const plan = { name: 'A plan', detail: '', source: tel('+12025550199'), dialTimeoutMs: 30_000, tryIntervalMs: 0 }
      const outplan = must(await app.outplans.create(viewer, { ...plan, maxTryCounts: [1] }))
      const campaign = must(
        await app.campaigns.create(viewer, {
          ...{ name: 'A campaign', detail: '', type: 'CALL', pacing: 'SERVICE_LEVEL', serviceLevel: 100, ratio: 100 },
          ...{ endHandle: 'STOP', actions: [], outplanId: outplan.id, outdialId: outdial.id },
        }),
      )
      const steps = await app.transitions.campaigns(viewer, { campaignId: campaign.id })
      must(await app.campaigns.run(viewer, campaign.id))
      for await (const step of steps) if (step.to === 'STOP') break
    } finally {
      await dialgraph.stop()
    }
    return lines.join('')
  }

  const hitsIn = (text: string) => numbers.filter((number) => text.includes(number.slice(1)))
  const failures = (text: string) => text.split('\n').filter((line) => line.includes('could not be claimed'))

  test('holds none of the numbers of the list', async () => {
    const text = await runWith((destination) => createPinoLog('trace', destination))
    expect(failures(text)).toHaveLength(2 * numbers.length)
    expect(hitsIn(text)).toEqual([])
  })

  test('would hold all of them if they were not masked', async () => {
    const text = await runWith((destination) => {
      const logger = pino({ level: 'trace' }, destination)
      const write = (level: 'debug' | 'info' | 'warn' | 'error'): Log['info'] => {
        return ({ error, ...fields }, message) => logger[level]({ ...fields, text: String(error) }, message)
      }
      return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
    })
    expect(failures(text)).toHaveLength(2 * numbers.length)
    expect(hitsIn(text)).toEqual(numbers)
  })
})
