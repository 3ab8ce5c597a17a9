#!/usr/bin/env node
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs'

/** Node reads the modules of the program all at once: with fewer it ends in the middle of that, each time with another error. */
const openFilesMin = 256
const limitsFile = '/proc/self/limits'

/** How many files this process may have open; null where the system does not say so in a file. */
function openFilesMax() {
  const [, soft] = (existsSync(limitsFile) && /^Max open files\s+(\d+)/m.exec(readFileSync(limitsFile, 'utf8'))) || []
  return soft === undefined ? null : Number(soft)
}

/** Ends with the exit code for configuration: what is said here has to be known before the program can be read. */
function refuse(why) {
  process.stderr.write(`${why} Raise the limit (ulimit -n; LimitNOFILE in a unit of systemd).\n`)
  process.exitCode = 78
}

function isOutOfFiles() {
  try {
    closeSync(openSync(process.execPath, 'r'))
    return false
  } catch (error) {
    return error.code === 'EMFILE' || error.code === 'ENFILE'
  }
}

try {
  const max = openFilesMax()
  if (max !== null && max < openFilesMin) {
    refuse(`This process may open ${max} files, and needs ${openFilesMin} at least.`)
  } else {
    const { main } = await import('../dist/main.js')
    process.exitCode = await main(process.argv)
  }
} catch (error) {
  if (error.code !== 'EMFILE' && error.code !== 'ENFILE' && !isOutOfFiles()) throw error
  refuse(`Too many files are open (${error.message}).`)
}
