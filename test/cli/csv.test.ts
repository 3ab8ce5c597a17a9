import { createReadStream, openSync, writeFileSync, writeSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Batch, readTargets } from '../../src/cli/csv.ts'
import { type CsvRecord, readRecords, recordCharactersMax } from '../../src/cli/csv-rows.ts'
import { givenPath } from './support.ts'

function givenFile(content: string | Buffer): string {
  const path = givenPath('targets.csv')
  writeFileSync(path, content)
  return path
}

/** The whole file: rows as "line: values", and what is malformed as "line: why". */
async function read(content: string | Buffer) {
  const batches: Batch[] = []
  for await (const batch of readTargets(createReadStream(givenFile(content)))) batches.push(batch)
  return {
    rows: batches.flatMap((of) => of.rows).map((row) => `${row.line}: ${Object.values(row.values).join('|')}`),
    columns: Object.keys(batches[0]?.rows[0]?.values ?? {}),
    malformed: batches.flatMap((of) => of.malformed).map((of) => `${of.line}: ${of.message}`),
  }
}

const notText = 'The file is not text in UTF-8.'
const neverClosed = 'A quote is opened and never closed.'
const tooLong = `The row is longer than ${recordCharactersMax} characters, or a quote in it is never closed.`

describe('a file', () => {
  test('is read by the names of its header, as they are written and trimmed', async () => {
    const { columns, rows } = await read('Name, DESTINATION ,City\nRosa,+12025550101,Denver\n')
    expect(columns).toEqual(['Name', 'DESTINATION', 'City'])
    expect(rows).toEqual(['2: Rosa|+12025550101|Denver'])
  })

  test('may have columns of its own whose names differ in their case alone', async () => {
    expect((await read('phone,FirstName,firstname\n1,A,a\n')).columns).toEqual(['phone', 'FirstName', 'firstname'])
  })

  test('may begin with a byte order mark', async () => {
    expect((await read('\ufeffname,phone\nRosa,1\n')).columns).toEqual(['name', 'phone'])
  })

  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('may have lines that end with %s, the last one or not', async (_name, end) => {
    const lines = ['name,phone', 'Rosa,1', '', '"Pedro",2']
    const rows = ['2: Rosa|1', '4: Pedro|2']
    expect(await read(lines.join(end))).toMatchObject({ rows, malformed: [] })
    expect(await read(lines.join(end) + end)).toMatchObject({ rows, malformed: [] })
  })

  test.each([
    ['commas', ',', ';\t'],
    ['semicolons', ';', ',\t'],
    ['tabs', '\t', ',;'],
  ])('may be written with %s, and the others are then part of a value', async (_name, delimiter, others) => {
    const { rows } = await read(`name${delimiter}phone\nRosa${others}Quist${delimiter}1\n`)
    expect(rows).toEqual([`2: Rosa${others}Quist|1`])
  })

  test('whose quoted names hold other delimiters is split by its own', async () => {
    expect((await read('"a;b;c",phone\n1,2\n')).columns).toEqual(['a;b;c', 'phone'])
  })

  test('of one column needs no delimiter', async () => {
    expect((await read('phone\n1\n\n2\n')).rows).toEqual(['2: 1', '4: 2'])
  })

  test('may begin with empty lines, which count', async () => {
    expect((await read('\n\nphone\n1\n')).rows).toEqual(['4: 1'])
  })

  test('that ends after its header has no rows', async () => {
    expect(await read('name,phone')).toEqual({ rows: [], columns: [], malformed: [] })
    expect(await read('name,phone\r\n')).toEqual({ rows: [], columns: [], malformed: [] })
  })
})

describe('quotes', () => {
  test.each([
    ['LF', '\n'],
    ['CRLF', '\r\n'],
    ['CR', '\r'],
  ])('may hold line ends (%s), each one character: a row has the line on which it begins', async (_name, end) => {
    const lines = ['name,phone', '"a', 'b', '', 'c",1', 'Rosa,2', '"d', 'e",3', 'Pedro,4']
    expect((await read(lines.join(end))).rows).toEqual(['2: a\nb\n\nc|1', '6: Rosa|2', '7: d\ne|3', '9: Pedro|4'])
  })

  test('may stand in the header, over several lines', async () => {
    const { columns, rows } = await read('"first\nname",phone\nRosa,1\n')
    expect(columns).toEqual(['first\nname', 'phone'])
    expect(rows).toEqual(['3: Rosa|1'])
  })

  test('are doubled inside quotes, and may hold nothing', async () => {
    expect((await read('name,phone\n"the ""big"" one",1\n"",2\n"""",3\n')).rows).toEqual([
      '2: the "big" one|1',
      '3: |2',
      '4: "|3',
    ])
  })
})

describe('a row that is malformed is told of with its line, and takes no other with it:', () => {
  test.each([
    ['too few columns', 'Rosa', 'The row has 1 column, the header has 3.'],
    ['too many columns', 'Rosa,Quist,1,', 'The row has 4 columns, the header has 3.'],
    ['a quote in the middle of a value', '5" pipe,,1', 'There is a quote in the middle of a value.'],
    ['a quote after a space', 'Rosa, "Quist",1', 'There is a quote in the middle of a value.'],
    ['something after a quote', '"Rosa"Quist,,1', 'There is text between a closing quote and the next column.'],
    ['a quote that is never closed', '"Rosa,,1', neverClosed],
    ['a value with a zero byte', 'Ro\0sa,,1', 'The row is not text in UTF-8.'],
  ])('%s', async (_name, line, message) => {
    // So much before it that the zero byte is not in what is looked at first.
    const before = Array.from({ length: 10_000 }, (_, i) => `before,,${i}`)
    const content = ['name,detail,phone', ...before, line, 'after,,2'].join('\n')
    const { rows, malformed } = await read(content)
    expect(malformed).toEqual([`10002: ${message}`])
    expect(rows.length).toBe(10_001)
    expect(rows.at(-1)).toBe('10003: after||2')
  })

  test('another encoding', async () => {
    const { rows, malformed } = await read(Buffer.from('name,phone\nJosé,1\nRosa,2\n', 'latin1'))
    expect(malformed).toEqual(['2: The row is not text in UTF-8.'])
    expect(rows).toEqual(['3: Rosa|2'])
  })

  test('a very long value', async () => {
    const { rows, malformed } = await read(`name,phone\n${'x'.repeat(3 * recordCharactersMax)},1\r\nRosa,2\n`)
    expect(malformed).toEqual([`2: ${tooLong}`])
    expect(rows).toEqual(['3: Rosa|2'])
  })

  test('a very long last line', async () => {
    const { malformed } = await read(`name,phone\n${'x'.repeat(2 * recordCharactersMax)}`)
    expect(malformed).toEqual([`2: ${tooLong}`])
  })

  test('a quote that is never closed, in a long file: only its own line is lost', async () => {
    const after = Array.from({ length: 100_000 }, (_, i) => `Rosa,${i}`)
    const { rows, malformed } = await read(['name,phone', '"Pedro,1', ...after].join('\n'))
    expect(malformed).toEqual([`2: ${tooLong}`])
    expect(rows.length).toBe(100_000)
    expect([rows[0], rows.at(-1)]).toEqual(['3: Rosa|0', '100002: Rosa|99999'])
  })
})

describe('refused as a whole, with exit code 65, is a file', () => {
  test.each([
    ['that is empty', '', 'The file has no header.'],
    ['of empty lines', '\n \n\t\n', 'The file has no header.'],
    ['of a byte order mark', '\ufeff', 'The file has no header.'],
    [
      'that says nowhere where to call',
      'name,city\n',
      'The header has no column destination, destination_0 … destination_4, phone or phone_number.',
    ],
    ['with a column twice', 'Name,phone,name\n', 'The header names the column name twice.'],
    [
      'with a column twice in two spellings',
      'phone_number,Phone Number\n',
      'The header names the column Phone Number twice.',
    ],
    ['with a column of its own twice', 'phone,City,City\n', 'The header names the column City twice.'],
    [
      'with a control character in its header',
      'phone,"Ci\u0007ty"\n',
      'A name in the header contains control characters.',
    ],
    [
      'with a column that changes what another means',
      'phone_code,phone_number\n44,7700900202\n',
      'The column phone_code changes what others mean, and is not read yet: write every number in full, such as +442079460958, and then remove this column, or give it another name.',
    ],
    ['with a column without a name', 'name,,phone\n', 'A column of the header has no name.'],
    ['with a quote too few in its header', '"name,phone\n1,2\n', `The header cannot be read: ${neverClosed}`],
    ['that is a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), notText],
    ['in UTF-16', Buffer.from('\ufeffname,phone\n', 'utf16le'), notText],
  ])('%s', async (_name, content, message) => {
    await expect(read(content)).rejects.toMatchObject({ name: 'StartError', exitCode: 65, message })
  })

  test('that is a folder', async () => {
    const reading = readTargets(createReadStream('/dev/shm'))
    await expect(reading.next()).rejects.toMatchObject({ exitCode: 65, message: /^The file cannot be read: EISDIR/ })
  })
})

describe('a long file', () => {
  const rowCount = 200_000

  function givenLongFile(): string {
    const path = givenPath('long.csv')
    const file = openSync(path, 'w')
    writeSync(file, 'name,phone\n')
    for (let i = 0; i < rowCount; i += 1000) {
      const rows = Array.from({ length: 1000 }, (_, k) => `Somebody with a name,+1202555${String(i + k).padStart(6)}\n`)
      writeSync(file, rows.join(''))
    }
    return path
  }

  test('is read as it is asked for: nothing of it is kept, and little is read ahead', async () => {
    const source = createReadStream(givenLongFile())
    const rowBytes = 'Somebody with a name,+1202555000000\n'.length
    let count = 0
    for await (const { rows, bytesRead } of readTargets(source)) {
      expect(rows.length).toBeLessThanOrEqual(200)
      count += rows.length
      expect(bytesRead - count * rowBytes).toBeLessThan(512 * 1024)
    }
    expect(count).toBe(rowCount)
  })

  test('is closed when the rest of it is not wanted', async () => {
    const source = createReadStream(givenLongFile())
    const closed = new Promise<void>((resolve) => source.on('close', resolve))
    for await (const { rows } of readTargets(source)) {
      expect(rows).toHaveLength(200)
      break
    }
    await closed
    expect(source.bytesRead).toBeLessThan(512 * 1024)
  })
})

describe('any table', () => {
  const delimiter = fc.constantFrom(',' as const, ';' as const, '\t' as const)
  const value = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', ';', '\t', '\n', '\r', ' '), maxLength: 6 })
  const table = fc.array(fc.array(value, { minLength: 2, maxLength: 4 }), { maxLength: 8 })
  const quote = (text: string) => `"${text.replaceAll('"', '""')}"`

  async function collect(pieces: readonly string[], by: ',' | ';' | '\t'): Promise<CsvRecord[]> {
    async function* source() {
      yield* pieces
    }
    const records: CsvRecord[] = []
    for await (const record of readRecords(source(), by)) records.push(record)
    return records
  }

  test('is read as it was written, with the right lines, wherever its text is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        table,
        delimiter,
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.integer({ min: 1, max: 9 })),
        async (rows, by, end, cuts) => {
          const text = rows.map((row) => row.map(quote).join(by) + end).join('')
          const pieces: string[] = []
          let rest = text
          for (const length of cuts) {
            pieces.push(rest.slice(0, length))
            rest = rest.slice(length)
          }
          let line = 1
          const expected = rows.map((values) => {
            const record = { line, values, problem: null }
            line +=
              values
                .map(quote)
                .join(by)
                .match(/\r\n|\r|\n/g)?.length ?? 0
            line++
            return record
          })
          expect(await collect([...pieces, rest], by)).toEqual(expected)
        },
      ),
      { numRuns: 500 },
    )
  })

  test('of whatever text is read to its end, each line once', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', '"', ',', '\n', '\r'), maxLength: 40 })
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 5 }), async (whole, length) => {
        const pieces = whole.match(new RegExp(`[\\s\\S]{1,${length}}`, 'g')) ?? []
        const records = await collect(pieces, ',')
        expect(records).toEqual(await collect([whole], ','))
        const lines = records.map((record) => record.line)
        expect(lines).toEqual([...new Set(lines)].sort((a, b) => a - b))
      }),
      { numRuns: 500 },
    )
  })
})
