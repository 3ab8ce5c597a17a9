// Speaks as a command for speech does: text from the standard input, a WAV file to the standard output. What it was asked is
// noted in the file that the first argument names; the second is the language; a text that begins with an order follows it.
import { appendFileSync, readFileSync } from 'node:fs'

const [note, language] = process.argv.slice(2)
const text = readFileSync(0, 'utf8')
const tell = (what) => appendFileSync(note, `${JSON.stringify({ what, text, language })}\n`)
tell('begin')
if (text.startsWith('fail')) {
  process.stderr.write('no such\nvoice\n')
  process.exit(3)
}
if (text.startsWith('hang')) await new Promise((resolve) => setTimeout(resolve, 60_000))
if (text.startsWith('nothing')) process.exit(0)

const rate = 22_050
const samples = Buffer.alloc(2 * rate)
for (let place = 0; place < rate; place++) {
  samples.writeInt16LE(Math.round(10_000 * Math.sin((2 * Math.PI * 440 * place) / rate)), 2 * place)
}
const head = Buffer.alloc(44)
for (const [place, name] of [
  [0, 'RIFF'],
  [8, 'WAVEfmt '],
  [36, 'data'],
])
  head.write(name, place, 'latin1')
// What espeak-ng writes into a pipe, where it cannot come back to say how long the sound was.
for (const place of [4, 40]) head.writeUInt32LE(0x7ffff000, place)
head.writeUInt32LE(16, 16)
head.writeUInt16LE(1, 20)
head.writeUInt16LE(1, 22)
head.writeUInt32LE(rate, 24)
head.writeUInt32LE(2 * rate, 28)
head.writeUInt16LE(2, 32)
head.writeUInt16LE(16, 34)
tell('end')
process.stdout.write(Buffer.concat([head, samples]))
