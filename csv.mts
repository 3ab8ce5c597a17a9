import { createReadStream, writeFileSync } from 'node:fs'
import { readTargets } from '/work/main/src/cli/csv.ts'
const cases: Record<string, string | Buffer> = {
  crlfquoted: 'name,destination\r\n"A\r\nB",+12025550101\r\nC,+12025550102\r\n',
  lfquoted: 'name,destination\n"A\nB\nC",+1\nC,+2\n\n\nD,+3',
  crmix: 'name,destination\n"A\r\nB",+1\nC,+2\n',
  cr: 'name,destination\rA,+1\rB,+2\r',
  more: 'name,destination\nA,+1,extra\nB,+2\nC\n',
  semiInComma: 'name,detail,destination\nRosa; Maria,,+1\nB,b,+2\n',
  semi: 'name;destination\nA, B;+1\n',
  tab: 'name\tdestination\nA, B;\t+1\n',
  unclosed: 'name,destination\nA,+1\n"B,+2\nC,+3\n',
  midquote: 'name,destination\nA"b,+1\nB,+2\n"C"x,+3\nD,+4\n',
  hdronly: 'name,destination\n',
  hdrnonl: 'name,destination',
  blanks: '\n\n  \n',
  bomempty: '\ufeff',
  leadingblank: '\n\nname,destination\nA,+1\n',
  dup: 'name,Name,destination\n',
  latin1: Buffer.from('name,destination\nJos\xe9,+1\n', 'latin1'),
  utf16: Buffer.from('\ufeffname,destination\nA,+1\n', 'utf16le'),
  long: 'name,destination\nA,+1\n' + 'x'.repeat(300000) + ',+2\nB,+3\n',
  longq: 'name,destination\nA,+1\n"' + ('x,+2\n').repeat(300000) + '\nB,+3\n',
  proto: '__proto__,destination\nA,+1\n',
  hdrquoted: '"na\nme",destination\nA,+1\n',
  quotesesc: 'name,destination\n"A ""the"" B",+1\n',
  spaceonly: 'name,destination\n   \nA,+1\n',
  onecol: 'phone\n+1\n\n+2\n',
  hdrerr: 'na"me,destination\nA,+1\nB,+2\n',
}
for (const [n, t] of Object.entries(cases)) {
  writeFileSync('/dev/shm/dgx/c.csv', t)
  console.log('==', n)
  try { for await (const p of readTargets(createReadStream('/dev/shm/dgx/c.csv'))) console.log(JSON.stringify(p).slice(0, 600)) } catch (e: any) { console.log(e.name, e.exitCode, e.message) }
}
