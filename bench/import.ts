/** dialgraph import of 10 000 and of 100 000 rows, each in a process of its own: rows a second and peak memory. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { localViewer } from '../src/app/viewer.ts'
import { must, openApp, plainNumber, printRow, temporaryFolder } from './support.ts'

const sizes = (process.argv[2] ?? '10000,100000').split(',').map(Number)
const folder = temporaryFolder()

async function writeCsv(path: string, rows: number): Promise<void> {
  const file = createWriteStream(path)
  file.write('name,detail,destination,city\n')
  for (let i = 0; i < rows; i++) {
    if (!file.write(`Person ${i},detail ${i},${plainNumber(i)},"Town, ${i % 100}"\n`)) await once(file, 'drain')
  }
  file.end()
  await once(file, 'finish')
}

/** Runs the built command and reads the peak of its memory from the kernel's account of it. */
function runImport(database: string, outdialId: string, csv: string) {
  const script = `
    const { main } = await import(${JSON.stringify(new URL('../dist/main.js', import.meta.url).href)})
    const startedAt = performance.now()
    process.exitCode = await main(['node', 'dialgraph', 'import', ${JSON.stringify(outdialId)}, ${JSON.stringify(csv)}])
    console.log(JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, kibibytes: process.resourceUsage().maxRSS }))`
  const run = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    env: { ...process.env, DIALGRAPH_DATABASE: database },
    encoding: 'utf8',
  })
  const last = run.stdout.trim().split('\n').at(-1) ?? ''
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`)
  return JSON.parse(last) as { seconds: number; kibibytes: number }
}

const peaks: number[] = []
for (const rows of sizes) {
  const file = `${folder.path}/${rows}.sqlite`
  const opened = await openApp(file)
  const outdial = must(await opened.app.outdials.create(localViewer, { name: 'List', detail: '', data: '' }))
  await opened.close()
  await writeCsv(`${folder.path}/${rows}.csv`, rows)
  const { seconds, kibibytes } = runImport(file, outdial.id, `${folder.path}/${rows}.csv`)
  peaks.push(kibibytes)
  printRow(`import of ${rows} rows: rows a second`, (rows / seconds).toFixed(0))
  printRow(`import of ${rows} rows: peak memory, MiB`, (kibibytes / 1024).toFixed(0))
}
printRow('peak memory of the last / of the first', ((peaks.at(-1) ?? 0) / (peaks[0] ?? 1)).toFixed(2))
folder.remove()
