/**
 * Generates the next migration out of src/store/schema, and makes its new tables STRICT, which the generator
 * cannot. Run it before a release only: a released migration is never edited.
 */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

/** Small rows found by their key alone: clustered by it, they need no second tree. */
const withoutRowid = new Set([
  'destination',
  'outdial_counter',
  'campaign_counter',
  'campaign_hangup_reason',
  'creation',
  'queue_agent',
  'action_list',
  'activeflow',
  'action_execution',
  'recording',
])

const before = new Set(readdirSync('migrations'))
execFileSync('npx', ['drizzle-kit', 'generate', ...process.argv.slice(2)], { stdio: 'inherit' })
for (const name of readdirSync('migrations')) {
  if (before.has(name) || !name.endsWith('.sql')) continue
  const path = `migrations/${name}`
  const sql = readFileSync(path, 'utf8').replace(/CREATE TABLE `(\w+)` \(([\s\S]*?)\n\);/g, (_, table, body) => {
    const options = withoutRowid.has(table) ? 'STRICT, WITHOUT ROWID' : 'STRICT'
    return `CREATE TABLE \`${table}\` (${body}\n) ${options};`
  })
  writeFileSync(path, sql)
}
